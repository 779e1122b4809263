import type { Scale } from "../study/scale.ts";
import type { StudySpec } from "../study/study-spec.ts";

/** Every scale of a study: the cross product of its axes, width slowest, each in the order of the file. */
export function studyScales(spec: Pick<StudySpec, "scales">): readonly Scale[] {
  const values = (value: number | readonly number[]): readonly number[] => (typeof value === "number" ? [value] : value);
  const { scales } = spec;
  return values(scales.width).flatMap((width) =>
    values(scales.depth).flatMap((depth) =>
      values(scales.headDimension).flatMap((headDimension) =>
        values(scales.batchSizeTokens).flatMap((batchSizeTokens) =>
          values(scales.tokenHorizon).map((tokenHorizon) => ({ width, depth, headDimension, batchSizeTokens, tokenHorizon })),
        ),
      ),
    ),
  );
}
