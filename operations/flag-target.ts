import { findArchitecture } from "../analysis/parametrizations/architectures/index.ts";
import { studyScales } from "../analysis/search/scales.ts";
import type { Scale } from "../analysis/study/scale.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import { type HeadLayout, headLayoutDifferences, type SettingDifference } from "../analysis/verification/proxy-target.ts";

/** The head layouts that a study trains, each once; none for architectures without attention. */
export function trainedHeadLayouts(spec: Pick<StudySpec, "model" | "scales">): readonly HeadLayout[] {
  if (!findArchitecture(spec.model.architecture).hasAttention) return [];
  const layouts = studyScales(spec).map(({ width, headDimension }) => ({ width, headDimension }));
  return [...new Map(layouts.map((layout) => [`${layout.width} ${layout.headDimension}`, layout])).values()];
}

/** What is strange about a target's heads beside those of the study; undefined where there is no attention. */
export function flagTargetHeads(
  spec: Pick<StudySpec, "model" | "scales">,
  target: Pick<Scale, "width" | "headDimension">,
): readonly SettingDifference[] | undefined {
  const layouts = trainedHeadLayouts(spec);
  return layouts.length === 0 ? undefined : headLayoutDifferences(layouts, [target]);
}
