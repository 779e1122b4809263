import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { applyRecommendation, type ApplyInput } from "../../operations/apply-recommendation.ts";
import { withSession } from "../../operations/session.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { countText } from "../number-text.ts";
import { parseOptions } from "../options.ts";
import { wrapWords } from "../render-error.ts";

const optionsSchema = z.object({ output: z.string().optional(), write: z.boolean().default(false), force: z.boolean().default(false) });

export const applyCommand: LadderCommand = {
  name: "apply",
  group: "Results",
  summary: "carry a recommendation into a training config",
  description: "Shows the diff and writes nothing, unless told where to. Comments and order are kept.",
  examples: [
    ["ladder apply rec-3fa94c21d0 train.py", "shows what would change"],
    ["ladder apply rec-3fa94c21d0 train.py --output tuned.py", "writes a patched copy"],
    ["ladder apply rec-3fa94c21d0 train.py --write", "patches the file itself"],
  ],
  configure: (command) => {
    command.argument("<recommendation>", "id of a recommendation (ladder show STUDY lists them)");
    command.argument("[config]", "the training config");
    command.option("--output <copy>", "write a patched copy");
    command.option("--write", "patch the config itself");
    command.option("--force", "overwrite the copy if it is there");
  },
  run: async ({ output, settings }, [recommendation = "", config = ""], rawOptions) => {
    const options = parseOptions(optionsSchema, rawOptions);
    if (/\.(ya?ml|json)$/.test(recommendation) || config === "") throw misunderstood(recommendation, config);
    if (options.output !== undefined && options.write)
      throw new LadderError("input", "USAGE", "--output and --write exclude each other", {
        hint: "--output writes a copy, --write the config itself",
      });
    const write: ApplyInput["write"] =
      options.output !== undefined
        ? { to: "copy", path: options.output, overwrite: options.force }
        : { to: options.write ? "config" : "nowhere" };
    const applied = await withSession(settings, (session) => applyRecommendation(session, { recommendation, config, write }));
    output.document({
      json: applied,
      name: applied.written ?? applied.config,
      text: () =>
        [
          ...(applied.diff === "" ? [`${config} says all of it already`] : paintDiff(applied.diff, output.colors)),
          ...applied.differences.flatMap(({ words }) =>
            wrapWords(`warning: ${words}; the recommended value was measured under the proxy's`, output.columns),
          ),
          ...applied.notes.flatMap((note) => wrapWords(`note: ${note}`, output.columns)),
          applied.written === null
            ? `nothing was written; to carry it out, add --output COPY or --write`
            : `${countText(applied.changes.length, "value")} of ${applied.recommendation} written to ${applied.written}`,
        ].join("\n"),
    });
    return exitCodes.done;
  },
};

/** `apply study.yaml` is what Terraform and kubectl would have people type. */
function misunderstood(first: string, config: string): LadderError {
  if (/\.(ya?ml|json)$/.test(first))
    return new LadderError("input", "USAGE", `apply carries a recommendation into a training config; ${first} is a study file`, {
      hint: `to run a plan: ladder submit ${first}`,
    });
  return new LadderError("input", "USAGE", `apply needs a training config${config === "" ? "" : `, not ${config}`}`, {
    hint: `ladder apply ${first} CONFIG`,
  });
}

function paintDiff(
  diff: string,
  colors: { readonly green: (text: string) => string; readonly red: (text: string) => string; readonly dim: (text: string) => string },
): readonly string[] {
  return diff
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.startsWith("+") ? colors.green(line) : line.startsWith("-") ? colors.red(line) : line.startsWith("@@") ? colors.dim(line) : line,
    );
}
