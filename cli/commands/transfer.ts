import { z } from "zod";
import { withSession } from "../../operations/session.ts";
import { testStudyTransfer } from "../../operations/test-transfer.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { numberOption, parseOptions } from "../options.ts";
import { exitCodeOfVerdict, renderTransfer } from "../transfer-text.ts";

const optionsSchema = z.object({
  axis: z.string().optional(),
  hyperparameter: z.string().optional(),
  parametrization: z.string().optional(),
  margin: numberOption.optional(),
  level: numberOption.refine((level) => level > 0 && level < 1, "must lie between 0 and 1").optional(),
});

export const transferCommand: LadderCommand = {
  name: "transfer",
  group: "Analysis",
  summary: "test whether the optimum stays put along a scale axis",
  description:
    "An equivalence test: the optimum transfers when the whole interval of its drift lies\ninside the margin. With --parametrization the verdict is the exit code: 0 transfers,\n10 does not, 11 undecided or no verdict. Without it the exit code is 0.",
  examples: [
    ["ladder transfer width-transfer", "optima by width, drift and verdict for each parametrization"],
    ["ladder transfer width-transfer --parametrization mup", "only muP; its verdict is the exit code"],
    ["ladder transfer my-study --axis depth --margin 0.1", "along depth, with a narrower margin"],
  ],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--axis <axis>", "width, depth, headDimension, batchSizeTokens or tokenHorizon");
    command.option("--hyperparameter <name>", "which swept hyperparameter (default: learningRate)");
    command.option("--parametrization <id>", "only this one, for example mup");
    command.option("--margin <octaves>", "half width of the equivalence zone, octaves per doubling (default: 0.25)");
    command.option("--level <level>", "level of the intervals (default: 0.95)");
  },
  run: async ({ output, settings }, [study = ""], rawOptions) => {
    const { axis, hyperparameter, parametrization, margin, level } = parseOptions(optionsSchema, rawOptions);
    const report = await withSession(settings, (session) =>
      testStudyTransfer(session, study, { axis, hyperparameter, parametrization, marginOctavesPerDoubling: margin, level }),
    );
    output.document({ json: report, name: report.fits.join("\n"), text: () => renderTransfer(report, output.colors, output.columns) });
    const [only] = report.tests;
    if (parametrization !== undefined && only !== undefined && report.tests.length === 1) return exitCodeOfVerdict(only.verdict);
    output.note(`the exit code is 0 for a table; --parametrization ${report.tests.at(-1)?.parametrization ?? "ID"} makes it the verdict`);
    return exitCodes.done;
  },
};
