import { z } from "zod";
import { withBorrowedStack } from "../../operations/borrow-stack.ts";
import { exportStudy } from "../../operations/export-study.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { hyperparametersText } from "../number-text.ts";
import { parseOptions } from "../options.ts";

const optionsSchema = z.object({ axis: z.string().optional() });

export const exportCommand: LadderCommand = {
  name: "export",
  group: "Results",
  summary: "print a whole study: spec, runs, results, tests, figures",
  description: "A stack that is down is started for this and stopped again.",
  examples: [
    ["ladder export width-transfer --json > study.json", "everything, figures as Plotly JSON, as one document"],
    ["ladder export width-transfer -o csv > results.csv", "the results alone, a row per trial and seed"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--axis <axis>", "the scale axis of the transfer tests in it");
  },
  run: async ({ output, settings, interrupted }, [study = ""], rawOptions) => {
    const { axis } = parseOptions(optionsSchema, rawOptions);
    const document = await withBorrowedStack(settings, { onProgress: (line) => output.note(line), signal: interrupted }, (session) =>
      exportStudy(session, study, { axis }),
    );
    if (output.format === "json" || output.format === "jsonl") {
      output.document({ json: document, text: () => "" });
      return exitCodes.done;
    }
    output.rows<(typeof document.results)[number]>({
      rows: document.results,
      name: ({ runKey }) => runKey,
      whenEmpty: "No results yet.",
      columns: [
        { header: "RUN", value: ({ runKey }) => (output.format === "csv" ? runKey : runKey.slice(0, 12)) },
        { header: "RULES", value: ({ parametrization }) => parametrization, flexible: true },
        { header: "WIDTH", align: "right", value: ({ scale }) => String(scale.width) },
        { header: "DEPTH", align: "right", value: ({ scale }) => String(scale.depth) },
        {
          header: "AT",
          value: ({ hyperparameters }) =>
            output.format === "csv" ? JSON.stringify(hyperparameters) : hyperparametersText(hyperparameters),
          flexible: true,
        },
        { header: "SEED", align: "right", value: ({ seed }) => String(seed) },
        { header: "STATE", value: ({ state }) => state },
        {
          header: "LOSS",
          align: "right",
          value: ({ loss }) => (loss === null ? "" : String(output.format === "csv" ? loss : Number(loss.toFixed(4)))),
        },
      ],
    });
    return exitCodes.done;
  },
};
