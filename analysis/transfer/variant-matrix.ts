import { findVariant } from "../study/find-variant.ts";
import type { ScaleAxis } from "../study/scale.ts";
import type { StudySpec, Variant } from "../study/study-spec.ts";
import { defaultBasinFit } from "../fits/basin-fit.ts";
import { type Basin, sameFamily } from "./basins.ts";
import type { TransferTest, TransferVerdict } from "./transfer-test.ts";
import { reasonForNone } from "./verdict-words.ts";

/** Whether the optimum stays put: a verdict as the cell of a matrix. No verdict at all is `undecided` here, with its reason. */
export type MatrixAnswer = "yes" | "no" | "undecided";

/** Both readings of the optimum at one place of the axis, log2. */
export interface MatrixOptimum {
  readonly axisValue: number;
  /** Grid point with the lowest mean loss over the seeds; null where no run finished. */
  readonly bestGridLog2: number | null;
  /** Mean of the seeds' fitted vertices; null while any seed has none. */
  readonly vertexLog2: number | null;
}

/** What was measured of one variant beside what is published of it. */
export interface VariantRow {
  /** As in `parametrizations`: a variant, or a rule set among them. */
  readonly name: string;
  readonly ruleSet: string;
  /** What it changes in the study, for example `normGains vector`; empty for a rule set. */
  readonly changes: readonly string[];
  /** The other scale axes and hyperparameters of its runs. */
  readonly heldConstant: Readonly<Record<string, number>>;
  readonly answer: MatrixAnswer;
  readonly verdict: TransferVerdict;
  /** Octaves per doubling of the axis; null without a verdict. */
  readonly drift: { readonly slope: number; readonly low: number; readonly high: number } | null;
  /** Fewest seeds of any cell. */
  readonly seeds: number;
  readonly optima: readonly MatrixOptimum[];
  /** The wider step of the grid beside its best point, at the place where that is widest; null with one point. */
  readonly gridStepOctaves: number | null;
  /** Given where the grid is too coarse for a vertex as well: what it cannot resolve. */
  readonly resolution: string | null;
  readonly published: Variant["published"] | null;
  /** Null where nothing is published, or nothing decided here. */
  readonly isAsPublished: boolean | null;
  /** What would decide it, for the undecided: runs, or a grid that brackets its optima. */
  readonly next: string | null;
  /** Runs that would decide; null where decided, where no number of seeds would do, and where the grid must change. */
  readonly additionalRuns: number | null;
}

/** A row a variant in the order of the study, with the criterion that all rows share. Plain JSON. */
export interface VariantMatrix {
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly marginOctavesPerDoubling: number;
  readonly level: number;
  readonly rows: readonly VariantRow[];
}

/**
 * A grid with wider steps than this cannot tell drifts below its step, and neither can a vertex: the five points of the fit's
 * window no longer lie within `windowOctaves` of the best one, where a basin is a parabola. Octaves.
 */
export const coarseGridStep = defaultBasinFit.windowOctaves / 2;

/**
 * The matrix of a study's variants: each test's answer with its drift, both readings of the optima, and what is published. The
 * published table that it stands beside judges by grid argmins alone, at steps of two octaves and one seed (Lingle 2024,
 * arXiv:2404.05728, viz/table.py of mu_transformer); here the verdict is the equivalence test's.
 *
 * @param tests in the order of the rows
 * @param basins those that the tests were made of
 * @returns null when no test is of a variant
 */
export function variantMatrix(
  tests: readonly TransferTest[],
  basins: readonly Basin[],
  variants: StudySpec["variants"],
): VariantMatrix | null {
  const [first] = tests;
  if (first === undefined || tests.every(({ parametrization }) => findVariant(variants, parametrization) === undefined)) return null;
  return {
    axis: first.axis,
    hyperparameter: first.hyperparameter,
    marginOctavesPerDoubling: first.marginOctavesPerDoubling,
    level: first.level,
    rows: tests.map((test) => {
      const cells = basins.filter((basin) => basin.isSweep && sameFamily(basin, test));
      return describeRow(test, cells, findVariant(variants, test.parametrization));
    }),
  };
}

function describeRow(test: TransferTest, cells: readonly Basin[], variant: Variant | undefined): VariantRow {
  const { verdict, drift, runsToDecide } = test;
  const answer = answerOf(verdict);
  const published = variant?.published ?? null;
  const gridStepOctaves = cells.reduce<number | null>((widest, cell) => widerStep(widest, stepBesideBest(cell)), null);
  return {
    name: test.parametrization,
    ruleSet: variant?.parametrization ?? test.parametrization,
    changes: variant === undefined ? [] : describeChanges(variant),
    heldConstant: test.heldConstant,
    answer,
    verdict,
    drift: drift === null ? null : { slope: drift.slope, low: drift.interval.low, high: drift.interval.high },
    seeds: cells.length === 0 ? 0 : Math.min(...cells.map((cell) => cell.seeds.length)),
    optima: cells.map((cell) => ({
      axisValue: cell.axisValue,
      bestGridLog2: cell.mean.bestGridLog2,
      vertexLog2: cell.optimum?.log2 ?? null,
    })),
    gridStepOctaves,
    resolution:
      gridStepOctaves !== null && gridStepOctaves > coarseGridStep
        ? `cannot resolve drift < ${Number(gridStepOctaves.toFixed(2))} octaves over the ${test.axis} axis`
        : null,
    published,
    isAsPublished: published === null || answer === "undecided" ? null : (published.outcome === "transfers") === (answer === "yes"),
    next: answer !== "undecided" ? null : (runsToDecide?.words ?? `no verdict: ${reasonForNone(test)}`),
    additionalRuns: runsToDecide?.additionalRuns ?? null,
  };
}

function answerOf(verdict: TransferVerdict): MatrixAnswer {
  switch (verdict) {
    case "transfers":
      return "yes";
    case "does-not-transfer":
      return "no";
    case "undecided":
    case "no-verdict":
      return "undecided";
  }
}

/** The wider of the two steps beside the best grid point, octaves; null where there is none. */
function stepBesideBest({ points, mean }: Basin): number | null {
  const places = points.map(({ log2Value }) => log2Value);
  const at = mean.bestGridLog2 === null ? -1 : places.indexOf(mean.bestGridLog2);
  const here = places[at];
  if (here === undefined) return null;
  const [below, above] = [places[at - 1], places[at + 1]];
  return widerStep(below === undefined ? null : here - below, above === undefined ? null : above - here);
}

function widerStep(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

/** What a variant changes in its study, in the order of the study file: `normGains vector`, `schedule cosine`, `weightDecay 0.1`. */
export function describeChanges(variant: Variant): readonly string[] {
  const members = (part: Readonly<Record<string, unknown>>): readonly string[] =>
    Object.entries(part).map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const { shape, ...schedule } = variant.schedule;
  return [
    ...members(variant.model),
    ...(typeof shape === "string" ? [`schedule ${shape}`] : []),
    ...members(schedule),
    ...(variant.optimizer === undefined ? [] : [`optimizer ${variant.optimizer.name}`]),
    ...(variant.weightDecayKind === undefined ? [] : [`weightDecayKind ${variant.weightDecayKind}`]),
    ...members(variant.hyperparameters),
    ...(variant.batchSizeFactor === undefined ? [] : [`batchSizeTokens x ${variant.batchSizeFactor}`]),
  ];
}
