import { sqrt } from "../numerics/elementary.ts";
import type { LawParameter } from "../laws/contract.ts";
import { shareInPercent, significant } from "../study/number-words.ts";
import type { ChecklistFacts } from "./checklist.ts";
import { spanText } from "./checklist.ts";
import { validationFacts } from "./checklist-validation.ts";
import { indexClusters } from "./clusters.ts";
import type { OpenFit } from "./document/open-fit.ts";
import { fitLaw } from "./fit-law.ts";
import { prepareFit } from "./prepared-fit.ts";
import { residualVariant } from "./sensitivity-variants.ts";

/** What is known beside a kept fit. */
export interface KnownBeside {
  /** What the record of a study's runs says, by item. */
  readonly record?: Readonly<Record<string, string>>;
  /** What it says of some of the rows only, by item. */
  readonly known?: Readonly<Record<string, string>>;
  /** FLOPs at which the fit is to be read. */
  readonly computes?: readonly number[];
  readonly answers?: Readonly<Record<string, string>>;
}

const objectiveNames = {
  huber: "Huber's penalty",
  leastSquares: "least squares",
  leastAbsoluteDeviations: "least absolute deviations",
  asymmetric: "asymmetric least squares",
} as const;

/**
 * What a kept fit knows of itself. Two things are computed: the fit without its largest residuals, and, where nothing was held out, each
 * budget predicted from the smaller ones.
 *
 * @throws LadderError as `fitLaw`
 */
export function checklistFacts(open: OpenFit, beside: KnownBeside = {}): ChecklistFacts {
  const { law, document, fitted, fit } = open;
  const { record = {}, known = {}, answers = {}, computes = [] } = beside;
  const validation = validationFacts(open, computes);
  const clusters = indexClusters(fitted);
  const isClustered = clusters.count < fitted.output.length;
  const seeds = repeatScatter(open);
  return {
    law: {
      id: law.id,
      formula: law.formula,
      variables: [...law.inputs, law.output].map(({ name, meaning, unit }) => `${name}: ${meaning}, in ${unit}`),
      parameters: law.parameters.map((parameter) => ({ name: parameter.name, bounds: boundsText(parameter) })),
      fixed: {},
    },
    rows: {
      used: fitted.output.length,
      excluded: excludedGroups(open),
      hash: document.contentHash,
      spans: Object.entries(fitted.columns).map(([name, column]) => ({
        name,
        from: Math.min(...column),
        to: Math.max(...column),
        distinct: new Set(column).size,
      })),
      clusters: isClustered ? clusters.count : null,
      rowsPerCluster: isClustered ? fitted.output.length / clusters.count : null,
    },
    counting: document.counting === "unknown" ? null : document.counting,
    flopFormula: flopFormula(open),
    objective: {
      kind: objectiveNames[fit.objective.kind],
      delta: fit.objective.kind === "huber" ? fit.objective.delta : null,
      scale: document.residuals,
    },
    search: {
      algorithm:
        "starts ranked by objective, the best run to their minima by damped Gauss and Newton steps, each an exact robust regression",
      settings: `at most ${fit.search.maximumIterations} steps a start, ended at a gradient of ${fit.search.gradientTolerance} of the objective; analytic gradients, ${fit.evaluations} evaluations in all`,
      starts: fit.starts.ranked,
      shareReached: fit.starts.shareReached,
      gradientNorm: fit.gradientNorm,
    },
    validation: validation.settled,
    record: {
      ...(seeds === null ? {} : { "+1": seeds }),
      "+2": isClustered
        ? `${clusters.count} clusters of ${document.request.cluster === null ? "rows that share a trunk" : `one ${document.request.cluster}`}, drawn as one`
        : "each row is its own",
      "+3": identifiedText(open),
      ...(validation.calibration === null ? {} : { "+5": validation.calibration }),
      ...(validation.reach === null || computes.length === 0 ? {} : { "+6": validation.reach }),
      ...record,
      "4.5": joinTexts(outlierText(open), record["4.5"]),
    },
    known: {
      ...ownKnowledge(open),
      ...(validation.reach === null ? {} : { "+6": validation.reach }),
      ...(validation.settled === null ? { "4.6": validation.known } : {}),
      ...known,
    },
    answers,
  };
}

/** What a fit of any rows knows of an item without settling it. */
function ownKnowledge({ document, law, fitted }: OpenFit): Readonly<Record<string, string>> {
  const { map, bestPer } = document.request;
  const spans = ["D", "U"].flatMap((name) => {
    const column = fitted.columns[name];
    return column === undefined
      ? []
      : (spanText({ spans: [{ name, from: Math.min(...column), to: Math.max(...column), distinct: new Set(column).size }] }, name) ?? []);
  });
  const best = bestPer === null ? null : `only the best trial of each ${bestPer.join(", ")} is fitted`;
  const counting = document.counting === "unknown" ? null : `N ${document.counting === "total" ? "with" : "without"} embeddings`;
  return {
    "1.5":
      map === null
        ? `${[...law.inputs, law.output].map(({ name }) => name).join(", ")} are columns of ${document.source}`
        : `read as ${map}`,
    ...(spans.length === 0 ? {} : { "2.3": spans.join(", ") }),
    ...(counting === null ? {} : { "2.4": counting }),
    ...(best === null ? {} : { "2.5": best, "+4": best }),
  };
}

function flopFormula({ document, law }: OpenFit): string | null {
  const { N, D, C } = document.data.columns;
  const reads = law.inputs.some(({ name }) => name === "C");
  if (N === undefined || D === undefined) return reads ? null : "no formula: no FLOPs enter";
  if (C === undefined) return "C = 6 N D";
  const largest = Math.max(...C.map((value, row) => Math.abs(value / (6 * (N[row] ?? 0) * (D[row] ?? 0)) - 1)));
  if (largest < 0.01) return "C = 6 N D, which its column agrees with";
  return reads
    ? null
    : `${document.source}'s own column, up to ${shareInPercent(largest)} from 6 N D; it orders budgets and enters no parameter`;
}

function boundsText({ transform, lower, upper, mayVanish }: LawParameter): string {
  if (transform === "log" && lower === undefined && upper === undefined) return mayVanish === true ? "at least 0" : "above 0";
  if (lower !== undefined && upper !== undefined) return `in ${lower} … ${upper}`;
  return lower !== undefined ? `at least ${lower}` : upper !== undefined ? `at most ${upper}` : "";
}

/** Reasons by how many rows they hold, the most first; numbers within a reason that differ from row to row are left out. */
function excludedGroups({ document }: OpenFit): ChecklistFacts["rows"]["excluded"] {
  const exact = new Set(document.rows.excluded.map(({ reason }) => reason));
  const counts = new Map<string, number>();
  for (const { reason } of document.rows.excluded) {
    const name = exact.size > 6 ? reason.replace(/-?\d[\d.e+-]*/g, "…") : reason;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((left, right) => right.count - left.count);
}

/** Scatter of ln output among rows with the same inputs; null where no two rows share them. */
function repeatScatter({ law, fitted, document }: OpenFit): string | null {
  const groups = new Map<string, number[]>();
  const measured = prepareFit(law, fitted).measured;
  const columns = law.inputs.map(({ name }) => fitted.columns[name]);
  for (const [row, value] of measured.entries()) {
    const key = columns.map((column) => column?.[row]).join();
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  const repeated = [...groups.values()].filter((group) => group.length > 1);
  const freedom = repeated.reduce((sum, group) => sum + group.length - 1, 0);
  if (freedom === 0 || document.request.bestPer === null) return null;
  const squares = repeated.reduce((sum, group) => {
    const middle = group.reduce((total, value) => total + value, 0) / group.length;
    return sum + group.reduce((total, value) => total + (value - middle) * (value - middle), 0);
  }, 0);
  return `standard deviation ${sqrt(squares / freedom).toPrecision(2)} of ${document.residuals} among ${repeated.length} settings with several runs (${freedom} degrees of freedom)`;
}

function identifiedText({ document }: OpenFit): string {
  const unknown = Object.entries(document.parameters).flatMap(([name, { identified }]) => (identified ? [] : [name]));
  const ridges = document.warnings
    .filter((warning) => warning.includes("lie on a ridge"))
    .map((warning) => warning.split(" (")[0] ?? warning);
  const told = unknown.length === 0 ? "all parameters have an interval with two ends" : `not identified: ${unknown.join(", ")}`;
  return [told, ...ridges].join("; ");
}

/** What the largest residuals do to the parameters: the fit without them. */
function outlierText({ law, fitted, fit, problem }: OpenFit): string {
  const variant = residualVariant(law, fitted, problem, fit);
  if (variant.rows.output.length <= law.parameters.length) return "too few rows to leave any out";
  const without = fitLaw(law, variant.rows, { ...variant.options, search: fit.search });
  const moved = law.parameters.map(({ name }, index) => {
    const [before, after] = [fit.parameters[index]?.value, without.parameters[index]?.value];
    return `${name} ${valueText(before)} → ${valueText(after)}`;
  });
  return `${variant.variant}: ${moved.join(", ")}`;
}

function valueText(value: number | null | undefined): string {
  return value == null ? "0" : significant(value);
}

function joinTexts(left: string, right: string | undefined): string {
  return right === undefined ? left : `${left}; ${right}`;
}
