import { exp } from "../../numerics/elementary.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";
import type { OptimumOf } from "./budgets.ts";
import { type ComputeOptimum, type ComputePowerLaw, computePowerLaw } from "./compute-power-law.ts";
import { logLossAt, logTokensAt, type TrainingCurve, trainingCurves } from "./training-curves.ts";

export interface EnvelopeOptions {
  readonly optimumOf: OptimumOf;
  /** Compute values at which the best run is looked up, evenly in ln C; Hoffmann takes 1500. */
  readonly computeValues: number;
  readonly draws: number;
  readonly level: number;
  readonly seed: number;
}

export const defaultEnvelope: Omit<EnvelopeOptions, "optimumOf"> = { computeValues: 1500, draws: 1000, level: 0.95, seed: 0 };

/** The lower envelope of training curves. Plain JSON. */
export interface EnvelopeAnalysis {
  readonly options: EnvelopeOptions;
  readonly curves: number;
  /** Runs of the envelope by rising size, with the compute between which each is the best. */
  readonly winners: readonly { readonly cluster: number; readonly size: number; readonly from: number; readonly to: number }[];
  /** Compute values used, and those whose best run is the smallest or largest that reaches them. */
  readonly used: number;
  readonly atEdge: number;
  readonly law: ComputePowerLaw;
  readonly warnings: readonly string[];
}

/**
 * Hoffmann's approach 1 (arXiv:2203.15556, section 3.1): of all training curves the one with the lowest loss at each of many compute
 * values; N or D there follows k C^a. Compute values whose best run is the smallest or the largest of those that reach them are left out:
 * there a model beyond the set might be better. Curves are read linearly in ln loss over ln C. Intervals: whole runs are redrawn.
 *
 * Points in the middle of a decaying schedule are not finished runs of their length: the envelope then lies too high for small D.
 *
 * @param rows columns C, N and, for tokens, D; output loss; `clusters` says which rows are points of one run
 * @throws LadderError `input` ENVELOPE_CURVES with fewer than three runs of two points or more; ENVELOPE_NO_INTERIOR_MINIMUM when fewer
 *   than two runs win anywhere inside; ISOFLOP_COLUMNS, ISOFLOP_VALUES as `positiveColumn`
 */
export function envelope(rows: FitRows, choices: Pick<EnvelopeOptions, "optimumOf"> & Partial<EnvelopeOptions>): EnvelopeAnalysis {
  const options: EnvelopeOptions = { ...defaultEnvelope, ...choices };
  const curves = trainingCurves(rows);
  if (curves.length < 3) throw tooFewCurves(curves.length, rows.clusters !== undefined);
  const grid = computeGrid(curves, options.computeValues);
  const losses = curves.map((curve) => grid.map((logCompute) => logLossAt(curve, logCompute)));
  const all = curves.map((_, index) => index);
  const wins = interiorWins(losses, all, grid.length);
  const compute = grid.map((logCompute) => exp(logCompute));
  const optima = curves.map((curve) => grid.map((at) => (options.optimumOf === "N" ? curve.logSize : logTokensAt(curve, at))));
  const optimaOf = (won: readonly Win[]): ComputeOptimum[] =>
    won.map(({ curve, at }) => ({ compute: compute[at] ?? 0, logOptimum: optima[curve]?.[at] ?? 0 }));
  if (new Set(wins.interior.map(({ curve }) => curve)).size < 2) throw noInterior(curves.length);
  function* redraws(): Generator<readonly ComputeOptimum[]> {
    const stream = randomStream(options.seed, "isoflop", "envelope");
    for (let draw = 0; draw < options.draws; draw += 1) {
      const drawn = all.map(() => stream.integer(curves.length)).sort((left, right) => left - right);
      const { interior } = interiorWins(losses, [...new Set(drawn)], grid.length);
      if (new Set(interior.map(({ curve }) => curve)).size >= 2) yield optimaOf(interior);
    }
  }
  const law = computePowerLaw(optimaOf(wins.interior), {
    optima: redraws(),
    level: options.level,
    method: `bootstrap over ${curves.length} whole runs, ${options.draws} redraws, percentiles`,
  });
  return {
    options,
    curves: curves.length,
    winners: winnersOf(wins.interior, curves, compute),
    used: wins.interior.length,
    atEdge: wins.atEdge,
    law,
    warnings:
      wins.atEdge > 0
        ? [`at ${wins.atEdge} of ${grid.length} compute values the smallest or largest run that reaches them is the best: left out`]
        : [],
  };
}

interface Win {
  readonly curve: number;
  readonly at: number;
}

/** The best of some curves, by rising size, at every compute value; those at an end of the sizes there are only counted. */
function interiorWins(
  losses: readonly (readonly number[])[],
  chosen: readonly number[],
  count: number,
): { interior: Win[]; atEdge: number } {
  const interior: Win[] = [];
  let atEdge = 0;
  for (let at = 0; at < count; at += 1) {
    let [first, last, best] = [-1, -1, -1];
    let least = Infinity;
    for (const curve of chosen) {
      const loss = losses[curve]?.[at] ?? Number.NaN;
      if (Number.isNaN(loss)) continue;
      if (first < 0) first = curve;
      last = curve;
      if (loss < least) [least, best] = [loss, curve];
    }
    if (best < 0) continue;
    if (best === first || best === last) atEdge += 1;
    else interior.push({ curve: best, at });
  }
  return { interior, atEdge };
}

function winnersOf(wins: readonly Win[], curves: readonly TrainingCurve[], compute: readonly number[]): EnvelopeAnalysis["winners"] {
  return curves.flatMap(({ cluster, logSize }, index) => {
    const own = wins.filter(({ curve }) => curve === index).map(({ at }) => compute[at] ?? 0);
    const [from, to] = [own[0], own.at(-1)];
    return from === undefined || to === undefined ? [] : [{ cluster, size: exp(logSize), from, to }];
  });
}

function tooFewCurves(curves: number, clustered: boolean): LadderError {
  return new LadderError(
    "input",
    "ENVELOPE_CURVES",
    `an envelope needs the training curves of three runs or more; ${curves} have two points`,
    {
      fields: { curves },
      hint: clustered
        ? "keep several checkpoints of each run"
        : "say which rows belong to one run (a cluster), and keep several checkpoints of each",
    },
  );
}

function noInterior(curves: number): LadderError {
  const message = `fewer than two of the ${curves} runs are the best anywhere between a smaller and a larger one`;
  return new LadderError("input", "ENVELOPE_NO_INTERIOR_MINIMUM", message, {
    fields: { curves },
    hint: "train smaller and larger models through the same compute: sizes whose curves do not overlap cannot be compared",
  });
}

function computeGrid(curves: readonly TrainingCurve[], count: number): number[] {
  const low = Math.min(...curves.map(({ logCompute }) => logCompute[0] ?? Infinity));
  const high = Math.max(...curves.map(({ logCompute }) => logCompute.at(-1) ?? -Infinity));
  return Array.from({ length: count }, (_, index) => low + ((high - low) * index) / (count - 1));
}
