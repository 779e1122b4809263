import { laws } from "../laws/index.ts";
import type { Law } from "../laws/contract.ts";
import { shareInPercent } from "../study/number-words.ts";
import { LadderError } from "../study/ladder-error.ts";
import { type AllocationOptions, computeSplitter } from "./allocation.ts";
import { allocationExponents, type DrawnSplits, type Estimate, placeAllocation } from "./allocation-intervals.ts";
import { bootstrapFits } from "./bootstrap.ts";
import type { OpenFit } from "./document/open-fit.ts";
import { fitLaw } from "./fit-law.ts";
import { computeBudgets } from "./isoflop/budgets.ts";
import { optimumAt } from "./isoflop/compute-power-law.ts";
import { defaultIsoflop, type IsoflopAnalysis, type IsoflopReading } from "./isoflop/isoflop.ts";
import { type IsoflopOutcome, isoflopReadings } from "./isoflop/readings.ts";
import { prepareFit } from "./prepared-fit.ts";
import type { FitRows } from "./contract.ts";
import { selectRows } from "./row-selection.ts";

/** One way to read the best split off the same rows. Plain JSON. */
export interface AllocationReading {
  /** `this fit`, the id of a law, `IsoFLOP parabola`. */
  readonly method: string;
  /** What it is, in one clause. */
  readonly words: string;
  /** Exponent of N*(C); of a law that is no power of C, its slope at the largest budget asked for. */
  readonly exponent: Estimate | null;
  /** One a budget asked for; null where the reading has no optimum there. */
  readonly places: readonly ({ readonly compute: number; readonly size: Estimate; readonly tokens: Estimate } | null)[];
  readonly warnings: readonly string[];
}

/** A reading that these rows do not allow, and why. Plain JSON. */
export interface RefusedReading {
  readonly method: string;
  readonly code: string;
  readonly message: string;
}

export interface OtherReadings {
  readonly read: readonly AllocationReading[];
  readonly refused: readonly RefusedReading[];
}

/** Laws that are this one with something held, or of which this one is such. */
export function nestedLaws(law: Law): readonly { readonly law: Law; readonly words: string }[] {
  return laws.flatMap((other) => {
    if (other.restricts?.law === law.id) return [{ law: other, words: `${law.id} with ${other.restricts.words}` }];
    return law.restricts?.law === other.id ? [{ law: other, words: `${law.id} without ${law.restricts.words}` }] : [];
  });
}

/** What a law says, as a reading beside others. */
export function lawReading(
  { method, words }: Pick<AllocationReading, "method" | "words">,
  drawn: DrawnSplits,
  computes: readonly number[],
): AllocationReading {
  const at = Math.max(...computes);
  return {
    method,
    words,
    exponent: allocationExponents(drawn, at)?.size ?? null,
    places: computes.map((compute) => {
      const place = placeAllocation(drawn, compute, null);
      return place === null ? null : { compute, size: place.size, tokens: place.tokens };
    }),
    warnings: [],
  };
}

/**
 * What other methods read off the rows of a fit: laws that differ from it by one restriction, such as equal exponents, fitted and
 * resampled alike, and the minima of each budget by parabolas and by Akima's cubic, where the rows are grouped by budget. Methods disagree by
 * .04 to .07 in the exponent on published rows, which at three decades beyond is a factor of 1.3 to 1.6.
 */
export function otherReadings(
  open: OpenFit,
  computes: readonly number[],
  options: AllocationOptions & { readonly level: number },
): OtherReadings {
  const { law, fitted, problem, document } = open;
  const { draws: count, seed } = document.request;
  const refused: RefusedReading[] = [];
  const refuse = (method: string, error: unknown): readonly [] => {
    if (!(error instanceof LadderError) || error.kind === "defect") throw error;
    refused.push({ method, code: error.code, message: error.message });
    return [];
  };
  const ofLaws = nestedLaws(law).flatMap(({ law: other, words }) => {
    try {
      const splitter = computeSplitter(other, options);
      const fit = fitLaw(other, fitted, problem);
      const coordinates = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
      const draws = bootstrapFits(prepareFit(other, fitted, problem), coordinates, { kind: "pairs", seed, count });
      return [lawReading({ method: other.id, words }, { splitter, coordinates, draws, level: options.level }, computes)];
    } catch (error) {
      return refuse(other.id, error);
    }
  });
  const budgeted = budgetedRows(open, options.flopsPerParameterToken);
  if (budgeted === null) return { read: ofLaws, refused };
  const scattered = scatteredRows(budgeted);
  if (scattered !== null) return { read: ofLaws, refused: [...refused, scattered] };
  const choices = { draws: count, seed, level: options.level };
  try {
    const size = isoflopReadings(budgeted, { ...choices, optimumOf: "N" });
    const tokens = isoflopReadings(budgeted, { ...choices, optimumOf: "D" });
    const both = (["parabola", "akima"] as const).flatMap((reading) =>
      isoflopReading(reading, size[reading], tokens[reading], computes, refused),
    );
    return { read: [...ofLaws, ...both], refused };
  } catch (error) {
    return { read: [...ofLaws, ...refuse("IsoFLOP", error)], refused };
  }
}

/**
 * The fitted rows of a fit with N, D and C, as an IsoFLOP reading takes them.
 *
 * @param factor C = this x N x D where the rows have no C; 6 by convention
 * @returns null where not every row has N and D
 */
export function budgetedRows({ document, rows, fittedRows }: OpenFit, factor = 6): FitRows | null {
  const { N, D, C } = document.data.columns;
  if (N === undefined || D === undefined) return null;
  const compute = C ?? N.map((size, row) => factor * size * (D[row] ?? 0));
  const columns = { N: Float64Array.from(N), D: Float64Array.from(D), C: Float64Array.from(compute) };
  return selectRows({ ...rows, columns }, fittedRows);
}

/** Sizes that a budget needs for a minimum with something left over, as both readings ask. */
const fewestSizes = 4;

/** Why rows make no IsoFLOP design: fewer than half of them share a budget with three other sizes; null where they do. */
export function scatteredRows(rows: FitRows): RefusedReading | null {
  const budgets = computeBudgets(rows, "N", defaultIsoflop);
  const points = budgets.reduce((sum, budget) => sum + budget.points.length, 0);
  const grouped = budgets.filter((budget) => budget.points.length >= fewestSizes).reduce((sum, budget) => sum + budget.points.length, 0);
  if (2 * grouped >= points) return null;
  return {
    method: "IsoFLOP",
    code: "NOT_ISOFLOP",
    message: `the runs lie at ${budgets.length} budgets, and only ${shareInPercent(grouped / points)} of them at one with ${fewestSizes} sizes or more`,
  };
}

const isoflopNames = {
  parabola: { method: "IsoFLOP parabola", of: "a parabola" },
  akima: { method: "IsoFLOP Akima", of: "Akima's cubic" },
} as const;

function isoflopReading(
  reading: IsoflopReading,
  size: IsoflopOutcome,
  tokens: IsoflopOutcome,
  computes: readonly number[],
  refused: RefusedReading[],
): readonly AllocationReading[] {
  const { method, of } = isoflopNames[reading];
  for (const outcome of [size, tokens])
    if (outcome.status === "refused") {
      refused.push({ method, code: outcome.code, message: outcome.message });
      return [];
    }
  if (size.status === "refused" || tokens.status === "refused") return [];
  const { exponent, exponentInterval } = size.analysis.law;
  const optimum = ({ law }: IsoflopAnalysis, compute: number): Estimate => {
    const { value, interval } = optimumAt(law, compute);
    return { value, low: interval.low, high: interval.high };
  };
  const budgets = Math.min(size.analysis.fitted.length, tokens.analysis.fitted.length);
  return [
    {
      method,
      words: `the minimum of ${of} at each of ${budgets} budgets`,
      exponent: { value: exponent, low: exponentInterval.low, high: exponentInterval.high },
      places: computes.map((compute) => ({ compute, size: optimum(size.analysis, compute), tokens: optimum(tokens.analysis, compute) })),
      warnings: [...new Set([...size.analysis.warnings, ...tokens.analysis.warnings])],
    },
  ];
}
