import { LadderError } from "../../analysis/study/ladder-error.ts";
import { type PartialScale, scaleAxes } from "../../analysis/study/scale.ts";
import { scalesNothing } from "../../analysis/verification/proxy-target.ts";
import type { ConfigFormat, ConfigValues, PatchedConfig, TransferRequest } from "./config-format.ts";
import { nanoGptMup } from "./nanogpt-mup.ts";

/** Every training-config format. To add one: one file and one line here; the contract suite then runs over it. */
export const configFormats: readonly ConfigFormat[] = [nanoGptMup];

/** The format of a config. @throws LadderError `input` CONFIG_FORMAT_UNKNOWN, which lists the known ones */
export function findConfigFormat(text: string, fileName: string): ConfigFormat {
  const found = configFormats.find((format) => format.detect(text, fileName));
  if (found !== undefined) return found;
  throw new LadderError("input", "CONFIG_FORMAT_UNKNOWN", `${fileName} is no training config that Ladder knows`, {
    fields: { file: fileName, known: configFormats.map(({ id }) => id) },
    hint: `known: ${configFormats.map(({ summary }) => summary).join("; ")}`,
  });
}

/** Writes values into a config of whatever format it is. @throws LadderError, see `findConfigFormat` and `ConfigFormat.patch` */
export function patchConfig(text: string, values: ConfigValues, header: string, fileName = "config.py"): PatchedConfig {
  return findConfigFormat(text, fileName).patch(text, values, header);
}

/**
 * Carries a recommendation into a config: finds the format, checks that the config is of the recommendation's scale,
 * and writes what has to be said.
 *
 * @param header comment lines naming the recommendation, its study, interval and date
 * @throws LadderError `conflict` CONFIG_SCALE_DIFFERS when width, depth or headDimension are not those of the target;
 *   `rejected` CONFIG_UNSUPPORTED for what the format has no key for or cannot change safely, CONFIG_SCALES_NOTHING
 */
export function applyToConfig(
  text: string,
  fileName: string,
  request: TransferRequest,
  header: string,
): PatchedConfig & { readonly format: ConfigFormat; readonly values: ConfigValues } {
  const format = findConfigFormat(text, fileName);
  const scale = format.readScale(text);
  const compared: readonly (keyof PartialScale)[] = ["width", "depth", "headDimension"];
  const problems = scaleAxes
    .filter((axis) => compared.includes(axis) && scale[axis] !== undefined && scale[axis] !== request.target[axis])
    .map((axis) => ({
      path: axis,
      message: `is ${scale[axis] ?? ""} in ${fileName}, but the recommendation is for ${request.target[axis]}`,
      value: String(scale[axis]),
    }));
  if (problems.length > 0)
    throw new LadderError(
      "conflict",
      "CONFIG_SCALE_DIFFERS",
      `the recommendation is for another scale than ${fileName}: ${problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
      {
        problems,
        hint: "recommend for this scale: ladder recommend STUDY --at width=…",
      },
    );
  const values = format.express(request);
  const patched = format.patch(text, values, header);
  assertScales(format.parse(patched.text), request);
  return { ...patched, format, values };
}

/**
 * Refuses a config that asks for scaled learning rates and scales nothing: at another width than the base's it would train
 * by the base's values, in silence.
 *
 * @throws LadderError `rejected` CONFIG_SCALES_NOTHING
 */
export function assertScales({ maximalUpdate, widthMultiplier }: ConfigValues, { base, target }: TransferRequest): void {
  if (maximalUpdate !== true || !scalesNothing(base.width, target.width, [widthMultiplier ?? 1])) return;
  throw new LadderError(
    "rejected",
    "CONFIG_SCALES_NOTHING",
    `the config would follow muP with a width multiplier of 1, although its width ${target.width} is not the base width ${base.width}`,
    {
      fields: { baseWidth: base.width, width: target.width, widthMultiplier: widthMultiplier ?? null },
      hint: `its width multiplier must be ${target.width / base.width}`,
    },
  );
}
