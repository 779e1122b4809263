import type { FitRows } from "../analysis/fits/contract.ts";
import { type OptimumCell, optimumCells } from "../analysis/fits/optima/cells.ts";
import { checkedOptimum, type CheckedPrediction, type CurvatureTest, testCurvature } from "../analysis/fits/optima/curvature.ts";
import { fitSurface } from "../analysis/fits/optima/fit-surface.ts";
import { type HeldOutScales, leaveLargestOut } from "../analysis/fits/optima/held-out-scales.ts";
import type { OptimumLaw } from "../analysis/fits/optima/optimum-law.ts";
import { bandSensitivity, fitOptima, type LawVariables, type OptimumRule } from "../analysis/fits/optima/rules.ts";
import type { Surface } from "../analysis/fits/optima/surface.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type GatheredRows, gatherRows, type RowChoice, type RowSource } from "./gather-rows.ts";

export type { LawVariables, OptimumRule };

export interface FitOptimaOptions extends Omit<RowChoice, "bestPer" | "dropWorst"> {
  /** Hyperparameters, one or two, and the variables of scale that each one's law has. */
  readonly variables: LawVariables;
  readonly rule: OptimumRule;
  /** Scales to say the optimum at. */
  readonly at: readonly Readonly<Record<string, number>>[];
}

/** One law of an optimum with what is known of its straightness. Plain JSON. */
export interface OptimumLawReport {
  readonly law: OptimumLaw;
  readonly curvature: CurvatureTest;
  /** Exponents by variable under other bands: how much the definition of the optimum decides. */
  readonly bands: readonly { readonly band: number; readonly exponents: Readonly<Record<string, number>> }[];
}

/** Laws of optimal hyperparameters. Plain JSON: what `ladder fit optima --json` prints. */
export interface OptimaReport {
  readonly kind: "optima-fit";
  readonly source: string;
  readonly contentHash: string;
  readonly counting: string;
  readonly rule: OptimumRule;
  readonly rows: { readonly used: number; readonly excluded: readonly { readonly row: number; readonly reason: string }[] };
  /** One a scale: the surface through its best runs, or why it has none. */
  readonly cells: readonly Surface[];
  readonly laws: Readonly<Record<string, OptimumLawReport>>;
  /** Laws of the smaller scales, scored on the largest by the regret of what they say; null where too few scales are there. */
  readonly heldOut: (HeldOutScales & { readonly variable: string }) | null;
  /** Optima that were asked for. */
  readonly predictions: readonly {
    readonly at: Readonly<Record<string, number>>;
    readonly optima: Readonly<Record<string, CheckedPrediction>>;
  }[];
  readonly warnings: readonly string[];
}

/**
 * Finds the optimum of hyperparameters at each scale of a file or a study, and fits a power law of scale to each.
 *
 * @throws LadderError what `gatherRows`, `optimumCells` and `fitOptima` throw
 */
export async function fitSourceOptima(source: RowSource, options: FitOptimaOptions): Promise<OptimaReport> {
  const { variables, rule, at, ...choice } = options;
  const axes = Object.keys(variables);
  const scale = [...new Set(Object.values(variables).flat())];
  const wanted = { inputs: [...scale, ...axes], outcome: "loss" };
  const gathered = await gatherRows(wanted, source, { ...choice, bestPer: [], dropWorst: 0 });
  const cells = optimumCells(rowsOf(gathered, wanted.inputs), { scale, axes });
  const fit = fitOptima(cells, rule, variables);
  const heldOut = holdOut(cells, rule, variables, scale);
  return {
    kind: "optima-fit",
    source: gathered.source,
    contentHash: gathered.contentHash,
    counting: gathered.counting,
    rule,
    rows: { used: gathered.rows.length, excluded: gathered.excluded.map(({ line, words }) => ({ row: line, reason: words })) },
    cells: cells.map((cell) => fitSurface(cell)),
    laws: Object.fromEntries(
      Object.entries(fit.laws).map(([of, law]) => [
        of,
        { law, curvature: testCurvature(law, fit.points[of] ?? []), bands: bandsOf(cells, variables, of) },
      ]),
    ),
    heldOut: heldOut.scores,
    predictions: at.map((place) => ({
      at: place,
      optima: Object.fromEntries(Object.entries(fit.laws).map(([of, law]) => [of, checkedOptimum(law, fit.points[of] ?? [], place)])),
    })),
    warnings: [...gathered.warnings, ...fit.refused.map(({ words }) => words), ...(heldOut.why === null ? [] : [heldOut.why])],
  };
}

function rowsOf({ rows }: GatheredRows, inputs: readonly string[]): FitRows {
  const column = (name: string): Float64Array => Float64Array.from(rows, ({ columns }) => columns[name] ?? Number.NaN);
  return { columns: Object.fromEntries(inputs.map((name) => [name, column(name)])), output: column("loss") };
}

/** The largest tokens of each size, or else the largest size; why not, where neither leaves a law. */
function holdOut(
  cells: readonly OptimumCell[],
  rule: OptimumRule,
  variables: LawVariables,
  scale: readonly string[],
): { readonly scores: OptimaReport["heldOut"]; readonly why: string | null } {
  let why: string | null = "no larger scale could be held out: sweep more scales";
  for (const variable of [...scale].reverse())
    try {
      const of = scale.length > 1 && variable === scale.at(-1) ? "each" : "all";
      return { scores: { ...leaveLargestOut(cells, rule, { variable, of }, variables), variable }, why: null };
    } catch (error) {
      if (!(error instanceof LadderError) || error.kind !== "input") throw error;
      why = `no larger ${variable} could be held out: ${error.message}`;
    }
  return { scores: null, why };
}

function bandsOf(cells: readonly OptimumCell[], variables: LawVariables, of: string): OptimumLawReport["bands"] {
  try {
    return bandSensitivity(cells, undefined, variables).flatMap(({ rule, laws }) => {
      const exponents = laws[of]?.terms.map(({ variable, exponent }) => [variable, exponent] as const);
      return rule.kind === "vertex" && exponents !== undefined ? [{ band: rule.band, exponents: Object.fromEntries(exponents) }] : [];
    });
  } catch (error) {
    // A narrow band may leave too few optima for a law; the law itself stands.
    if (error instanceof LadderError && error.kind === "input") return [];
    throw error;
  }
}
