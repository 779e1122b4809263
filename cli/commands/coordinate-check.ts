import { z } from "zod";
import { coordinateAxes } from "../../analysis/coordinate-check/coordinate-check.ts";
import { checkStudyCoordinates } from "../../operations/check-coordinates.ts";
import { describeCoordinatePage } from "../../operations/coordinate-page.ts";
import { withCoordinateTarget } from "../../operations/coordinate-target.ts";
import { writePage } from "../../operations/write-report.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodeOfChecks, renderCoordinateReport } from "../coordinate-check-text.ts";
import { countOption, numberOption, parseOptions, secondsOption, seedsOption } from "../options.ts";

const axisOption = z.enum(coordinateAxes, { error: `must be ${coordinateAxes.join(" or ")}` });

/** Whole numbers from 1 on with commas between, at least two different ones. */
const valuesOption = z
  .string()
  .regex(/^[1-9]\d*(,[1-9]\d*)*$/, "must be whole numbers with commas between, for example 64,128,256")
  .transform((text) => text.split(",").map(Number))
  .refine((values) => new Set(values).size > 1, "must be at least two different values");

const optionsSchema = z.object({
  axis: axisOption.optional(),
  values: valuesOption.optional(),
  steps: countOption.optional(),
  seeds: seedsOption.optional(),
  learningRate: numberOption.refine((value) => value > 0, "must be above 0").optional(),
  parametrization: z.string().optional(),
  output: z.string().optional(),
  concurrency: countOption.optional(),
  timeout: secondsOption.optional(),
});

export const coordinateCheckCommand: LadderCommand = {
  name: "coordinate-check",
  group: "Analysis",
  summary: "check that sizes and changes of activations do not depend on width or depth",
  description: `Trains the study's model at several widths or depths for a few updates on one batch,
with the study's own trainer as processes of this machine, and fits the slope of
ln value on ln width for each module and step. fail: mean |x| of a module scales
(|slope| above 0.2; of a readout: slope above 0.2), or its RMS change does (from
0.15 on), or a run diverges. undecided: a hidden module moved by less than 5 %, a
change slope from 0.10 on, or a set-up that cannot be judged. Every step counts.

A study file needs no stack. Where a database runs, a check is kept, and the same
one is reused. What is not given is taken from coordinateCheck in the study file.

Exit code 0: all pass; 10: one fails; 11: none fails, one is undecided. Passing is
not transfer: ladder transfer tests that.`,
  examples: [
    ["ladder coordinate-check study.yaml", "every rule set of the study over its widths"],
    ["ladder coordinate-check study.yaml --axis depth --values 4,8,16,32", "over depth"],
    ["ladder coordinate-check study.yaml --parametrization mup --steps 10 --output check.html", "with a figure"],
    ["ladder coordinate-check width-transfer", "a submitted study by name"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study-or-file>", "a study file, or the name of a study");
    command.option("--axis <axis>", "width or depth (default: width)");
    command.option("--values <list>", "widths or depths (default: those of the study)");
    command.option("--steps <n>", "updates (default: 5)");
    command.option("--seeds <list>", "seeds (default: 1,2,3)");
    command.option("--learning-rate <value>", "at the base scale (default: the largest of the study's space)");
    command.option("--parametrization <id>", "only this rule set or variant");
    command.option("--output <file>", "also write a page with figures");
    command.option("--concurrency <n>", "runs at a time (default: executor.slots, or one a processor)");
    command.option("--timeout <seconds>", "stop a run after this long (default: 3600)");
  },
  run: async ({ output, settings, interrupted }, [target = ""], rawOptions) => {
    const { axis, values, steps, seeds, learningRate, parametrization, ...rest } = parseOptions(optionsSchema, rawOptions);
    const report = await withCoordinateTarget(settings, target, ({ prepared, workingDirectory }, db) =>
      checkStudyCoordinates(
        prepared,
        { axis, axisValues: values, steps, seeds, learningRate, parametrization },
        {
          settings,
          workingDirectory,
          db,
          concurrency: rest.concurrency ?? prepared.concurrency,
          timeoutSeconds: rest.timeout ?? 3600,
          onProgress: (line) => output.note(line),
          signal: interrupted,
        },
      ),
    );
    if (rest.output !== undefined) output.note(`wrote ${await writePage(describeCoordinatePage(report), rest.output)}`);
    output.document({
      json: report,
      name: report.checks.map(({ check }) => check.verdict).join("\n"),
      text: () => renderCoordinateReport(report, output.colors, output.columns),
    });
    return exitCodeOfChecks(report.checks.map(({ check }) => check.verdict));
  },
};
