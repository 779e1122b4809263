import { z } from "zod";
import { extendStudy } from "../../operations/extend-study.ts";
import { withSession } from "../../operations/session.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { countText } from "../number-text.ts";
import { countOption, numberOption, parseOptions, reasonOption, seedsOption, yesOption } from "../options.ts";
import { planSummary, planTable } from "../plan-text.ts";

const widenOption = z
  .string()
  .regex(
    /^\w+=(-?\d+(\.\d+)?)?\.\.(-?\d+(\.\d+)?)?$/,
    "must name a hyperparameter and log2 exponents, for example learningRate=-12..-4 or learningRate=-12..",
  )
  .transform((text) => {
    const [hyperparameter = "", range = ""] = text.split("=");
    const [from = "", to = ""] = range.split("..");
    return { hyperparameter, from: from === "" ? undefined : Number(from), to: to === "" ? undefined : Number(to) };
  });

const optionsSchema = z.object({
  seeds: seedsOption.optional(),
  widths: z
    .string()
    .regex(/^[1-9]\d*(,[1-9]\d*)*$/, "must be widths with commas between, for example 192,256")
    .transform((text) => text.split(",").map(Number))
    .optional(),
  widen: widenOption.optional(),
  budgetRuns: countOption.optional(),
  budgetFlops: numberOption.optional(),
  concurrency: countOption.optional(),
  reason: z.string().default("ladder extend"),
  yes: z.boolean().default(false),
});

export const extendCommand: LadderCommand = {
  name: "extend",
  group: "Studies",
  summary: "add seeds, widths or grid values to a study, or raise its limits",
  description: "Shows what would be added and asks. Everything that has run is kept.",
  examples: [
    ["ladder extend width-transfer --seeds 3,4", "two more seeds of every cell"],
    ["ladder extend width-transfer --widen learningRate=-13..-4", "a wider grid, in log2 exponents"],
    ["ladder extend width-transfer --budget-flops 5e15 --concurrency 4", "another budget, four runs at a time"],
  ],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--seeds <list>", "seeds to add");
    command.option("--widths <list>", "widths to add");
    command.option("--widen <range>", "hyperparameter=FROM..TO, log2 exponents; an end left out stays");
    command.option("--budget-runs <n>", "runs at most");
    command.option("--budget-flops <flops>", "training FLOPs at most");
    command.option("--concurrency <n>", "runs at a time");
    command.addOption(yesOption());
    command.addOption(reasonOption());
  },
  run: async ({ output, settings }, [study = ""], rawOptions) => {
    const { seeds, widths, widen, budgetRuns, budgetFlops, concurrency, reason, yes } = parseOptions(optionsSchema, rawOptions);
    const result = await withSession(settings, (session) =>
      extendStudy(session, study, {
        seeds,
        widths,
        widen,
        budget: budgetRuns === undefined && budgetFlops === undefined ? undefined : { runs: budgetRuns, trainingFlops: budgetFlops },
        concurrency,
        reason,
        confirm: async (plan) => {
          output.note([planTable(plan, output.columns), "", ...planSummary(plan, output.columns)].join("\n"));
          await output.confirm(`add ${countText(plan.totals.new, "new run")} to ${study}?`, {
            given: yes || plan.totals.new === 0,
            flag: "--yes",
          });
        },
      }),
    );
    output.document({
      json: result,
      name: study,
      text: () =>
        `${study} extended${result.plan === null ? "" : ` by ${countText(result.plan.totals.new, "run")}`}: ladder watch ${study}`,
    });
    return exitCodes.done;
  },
};
