import { z } from "zod";
import { planStudy } from "../../operations/plan-study.ts";
import { prepareStudy } from "../../operations/prepare-study.ts";
import { withRunningDatabase } from "../../operations/session.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { parseOptions } from "../options.ts";
import { planRunColumns, planSummary, planTable } from "../plan-text.ts";

const optionsSchema = z.object({ all: z.boolean().default(false), allowCodeChange: z.boolean().default(false) });

export const planCommand: LadderCommand = {
  name: "plan",
  group: "Studies",
  summary: "show what a study would run, what it reuses and what it costs",
  description: "Starts nothing. Reuse is checked when a database is running.",
  examples: [
    ["ladder plan study.yaml", "runs by parametrization and scale, FLOPs, time, budget"],
    ["ladder plan study.yaml --all", "every run: reused, or new and in which field it differs"],
    ["ladder plan study.yaml --json", "the same as one JSON object"],
  ],
  configure: (command) => {
    command.argument("<study.yaml>", "the study file");
    command.option("--all", "list every run");
    command.option("--allow-code-change", "take over results of earlier trainer programs of the study");
  },
  run: async ({ output, settings }, [studyFile = ""], rawOptions) => {
    const { all, allowCodeChange } = parseOptions(optionsSchema, rawOptions);
    const prepared = await prepareStudy(settings, studyFile);
    const { plan } = await withRunningDatabase(settings, (db) => planStudy(db, prepared, allowCodeChange));
    if (output.format === "csv" || output.format === "name") {
      output.rows({ rows: plan.runs, columns: planRunColumns(plan), name: ({ runKey }) => runKey, whenEmpty: "" });
      return exitCodes.done;
    }
    output.document({
      json: plan,
      text: () =>
        [
          ...(all ? [output.table(planRunColumns(plan), plan.runs), ""] : []),
          planTable(plan, output.columns),
          "",
          ...planSummary(plan, output.columns),
          "",
          `to run it: ladder submit ${studyFile}`,
        ].join("\n"),
    });
    return exitCodes.done;
  },
};
