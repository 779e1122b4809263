import type { Parametrization } from "../parametrizations/contract.ts";
import { resolveOperations } from "../parametrizations/resolve-operations.ts";
import { fillHyperparameters } from "../parametrizations/hyperparameters.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { Scale, ScaleAxis } from "../study/scale.ts";
import type { StudySpec, WeightDecayKind } from "../study/study-spec.ts";

/** Where multipliers are 1; axes that the study leaves out are those of its only or first scale, and several batches or horizons this scale's own. */
export function baseScale({ base, scales }: Pick<StudySpec, "base" | "scales">, scale: Scale): Scale {
  const axis = (name: "batchSizeTokens" | "tokenHorizon"): number => {
    const [only, ...more] = distinct(scales[name]);
    return base[name] ?? (only === undefined || more.length > 0 ? scale[name] : only);
  };
  return {
    width: base.width,
    depth: base.depth ?? distinct(scales.depth)[0] ?? scale.depth,
    headDimension: base.headDimension ?? distinct(scales.headDimension)[0] ?? scale.headDimension,
    batchSizeTokens: axis("batchSizeTokens"),
    tokenHorizon: axis("tokenHorizon"),
  };
}

/** What decides whether a base that a study does not state may be read from its scales. */
export interface BaseScaleRequest {
  readonly spec: Pick<StudySpec, "base" | "scales">;
  /** The scale that is trained. */
  readonly scale: Scale;
  readonly parametrization: Parametrization;
  readonly weightDecayKind: WeightDecayKind;
  readonly hasAttention: boolean;
}

/**
 * Refuses a study whose base `baseScale` could only guess.
 *
 * @throws LadderError `input` BASE_SCALE_MISSING when the rule set scales with batchSizeTokens or tokenHorizon, the study has
 *   several values there and states no base: every factor would be 1; HEAD_LAYOUT_AMBIGUOUS when heads have several dimensions, the
 *   base states none, and attention under the rule set depends on it: a base of the fixed head dimension and one of the fixed head
 *   count give other logits
 */
export function assertBaseStated(request: BaseScaleRequest): void {
  for (const axis of ["batchSizeTokens", "tokenHorizon"] as const)
    if (distinct(request.spec.scales[axis]).length > 1 && request.spec.base[axis] === undefined) assertAxisUnused(request, axis);
  assertHeadLayout(request);
}

function assertAxisUnused({ spec, parametrization, weightDecayKind }: BaseScaleRequest, name: "batchSizeTokens" | "tokenHorizon"): void {
  const timescale = weightDecayKind === "constantTimescale";
  if (!timescale && !parametrization.components.some(({ axes }) => axes.includes(name))) return;
  throw new LadderError(
    "input",
    "BASE_SCALE_MISSING",
    `${timescale ? "weightDecayKind constantTimescale" : parametrization.id} scales with ${name}, and the study has ${listed(spec, name)} without a base.${name}: every factor would be 1`,
    {
      fields: { parametrization: parametrization.id, axis: name, values: distinct(spec.scales[name]) },
      hint: `write base.${name}: the value at which the hyperparameters are meant as they stand`,
    },
  );
}

function assertHeadLayout({ spec, scale, parametrization, hasAttention }: BaseScaleRequest): void {
  const dimensions = distinct(spec.scales.headDimension);
  if (!hasAttention || spec.base.headDimension !== undefined || dimensions.length < 2) return;
  const hyperparameters = fillHyperparameters({ learningRate: 1 });
  const logitScales = dimensions.map((headDimension) => {
    const base = { ...baseScale(spec, scale), headDimension };
    const operations = resolveOperations({ parametrization, scale, base, hyperparameters, hasAttention, residualBranches: [] });
    return operations.attentionLogitScale ?? 1;
  });
  // Roundings apart: 1/sqrt(base) x (headDimension/base)^-1/2 is the same at every base.
  if (Math.max(...logitScales) <= Math.min(...logitScales) * (1 + 1e-12)) return;
  throw new LadderError(
    "input",
    "HEAD_LAYOUT_AMBIGUOUS",
    `the study has ${listed(spec, "headDimension")} without a base.headDimension, and ${parametrization.id} scales attention by headDimension over its base: heads of a fixed dimension and a fixed number of heads give other logits`,
    {
      fields: { parametrization: parametrization.id, headDimension: dimensions },
      hint: `write base.headDimension: that of width ${spec.base.width}, whose heads are ${spec.base.width} / base.headDimension; or keep one headDimension`,
    },
  );
}

function listed({ scales }: BaseScaleRequest["spec"], name: ScaleAxis): string {
  return `several values of ${name} (${distinct(scales[name]).join(", ")})`;
}

function distinct(values: number | readonly number[]): readonly number[] {
  return typeof values === "number" ? [values] : [...new Set(values)];
}
