import { significantPower } from "../study/number-words.ts";

/** What is known of a fit for its checklist; what is left out must be asked. Texts are whole clauses. Plain JSON. */
export interface ChecklistFacts {
  readonly law: {
    readonly id: string;
    readonly formula: string;
    /** `N: parameters of the model, in parameters`, one a variable. */
    readonly variables: readonly string[];
    readonly parameters: readonly { readonly name: string; readonly bounds: string }[];
    /** Parameters that were not searched, with their values. */
    readonly fixed: Readonly<Record<string, number>>;
  };
  readonly rows: {
    readonly used: number;
    readonly excluded: readonly { readonly reason: string; readonly count: number }[];
    readonly hash: string;
    /** Smallest and largest value of each input, and how many different ones. */
    readonly spans: readonly { readonly name: string; readonly from: number; readonly to: number; readonly distinct: number }[];
    /** Rows that share a trunk or model, where they do. */
    readonly clusters: number | null;
    readonly rowsPerCluster: number | null;
  };
  /** How N is counted; null: nobody said. */
  readonly counting: "total" | "non-embedding" | null;
  readonly flopFormula: string | null;
  readonly objective: { readonly kind: string; readonly delta: number | null; readonly scale: string };
  readonly search: {
    readonly algorithm: string;
    readonly settings: string;
    readonly starts: number;
    readonly shareReached: number;
    readonly gradientNorm: number;
  };
  readonly validation: string | null;
  /** What the record of the runs says beside the fit's own, by item, in whole clauses: `2.5`, `2.7` … */
  readonly record?: Readonly<Record<string, string>>;
  /** What is known of an item without settling it, by item. */
  readonly known?: Readonly<Record<string, string>>;
  /** What its author says, by item. */
  readonly answers: Readonly<Record<string, string>>;
}

export interface ChecklistItem {
  readonly id: string;
  readonly section: ChecklistSection;
  readonly item: string;
  /** `filled`: from the record; `answered`: by its author; `open`: nobody has said. */
  readonly state: "filled" | "answered" | "open";
  /** What is known; of an open item with what is still to say. */
  readonly text: string;
}

/** Sections of the paper, and what Ladder asks beside them. */
export const checklistSections = ["form", "training", "data collection", "fitting", "beside the paper"] as const;
export type ChecklistSection = (typeof checklistSections)[number];

interface Rule {
  readonly id: string;
  readonly item: string;
  /** What the record says; null: it has to be asked. */
  readonly fill: (facts: ChecklistFacts) => string | null;
  readonly ask: string;
}

const asked = (): null => null;

/**
 * The 23 items of Li et al. 2025, (Mis)Fitting (arXiv:2502.18969), in its order: form, training setup, data collection, fitting. Item names
 * are ours: the paper's wording was not at hand.
 */
const rules: readonly Rule[] = [
  { id: "1.1", item: "form of the law", fill: ({ law }) => `${law.formula} (${law.id})`, ask: "write the form out" },
  { id: "1.2", item: "variables and units", fill: ({ law }) => law.variables.join("; "), ask: "name variables and units" },
  {
    id: "1.3",
    item: "parameters that are fitted, and fixed",
    fill: ({ law }) => {
      const fixed = Object.entries(law.fixed).map(([name, value]) => `${name} = ${value}`);
      const free = law.parameters.map(({ name, bounds }) => (bounds === "" ? name : `${name} ${bounds}`)).join(", ");
      return `${free}; ${fixed.length === 0 ? "none fixed" : `fixed: ${fixed.join(", ")}`}`;
    },
    ask: "list them",
  },
  {
    id: "1.4",
    item: "principle the form is derived from",
    fill: asked,
    ask: "why this form, and what does it assume between its variables?",
  },
  {
    id: "1.5",
    item: "measured, computed or assumed, for each variable",
    fill: asked,
    ask: "of each column, was it measured, computed (from what) or assumed?",
  },
  {
    id: "2.1",
    item: "how many models were trained",
    fill: ({ rows }) => {
      const left = rows.excluded.map(({ reason, count }) => `${count} ${reason}`).join(", ");
      const models = rows.clusters === null ? "" : ` of ${rows.clusters} models or trunks`;
      return `${rows.used} rows${models} are fitted; ${left === "" ? "none is left out" : `left out: ${left}`}`;
    },
    ask: "how many?",
  },
  { id: "2.2", item: "at which sizes", fill: ({ rows }) => spanText(rows, "N"), ask: "which sizes?" },
  {
    id: "2.3",
    item: "on how much data, on which, and is any repeated",
    fill: asked,
    ask: "on which data, and is any of it repeated?",
  },
  {
    id: "2.4",
    item: "how parameters, data and compute are counted",
    fill: ({ counting, flopFormula }) =>
      counting === null || flopFormula === null
        ? null
        : `N ${counting === "total" ? "with" : "without"} embeddings; training FLOPs by ${flopFormula}`,
    ask: "with or without embeddings (--counting), and by which FLOP formula?",
  },
  {
    id: "2.5",
    item: "how hyperparameters are chosen, and whether they change with scale",
    fill: asked,
    ask: "parametrization, sweep, schedule, batch, decay; was any best value on the edge of its grid?",
  },
  { id: "2.6", item: "other choices that change with scale", fill: asked, ask: "shape ratio, head dimension, sequence length" },
  { id: "2.7", item: "training code", fill: asked, ask: "commit and image" },
  { id: "3.1", item: "checkpoints available", fill: asked, ask: "where?" },
  { id: "3.2", item: "checkpoints changed before evaluation", fill: asked, ask: "averaged, or as trained?" },
  {
    id: "3.3",
    item: "which checkpoints of each model enter",
    fill: ({ rows }) =>
      rows.rowsPerCluster === null ? null : `${Number(rows.rowsPerCluster.toPrecision(3))} rows a model or trunk on average`,
    ask: "one final one each, or several? were any in the middle of a schedule?",
  },
  { id: "3.4", item: "evaluation metric and data set", fill: asked, ask: "which loss, on which tokens, with which standard error?" },
  { id: "3.5", item: "changes of the raw metric", fill: asked, ask: "smoothed, interpolated, centred?" },
  {
    id: "4.1",
    item: "objective",
    fill: ({ objective }) =>
      `${objective.kind}${objective.delta === null ? "" : `, delta ${objective.delta}`}, summed over rows, on ${objective.scale}`,
    ask: "which?",
  },
  { id: "4.2", item: "algorithm", fill: ({ search }) => search.algorithm, ask: "which?" },
  { id: "4.3", item: "settings of the algorithm", fill: ({ search }) => search.settings, ask: "tolerances, iterations, gradients" },
  {
    id: "4.4",
    item: "starting points",
    fill: ({ search }) =>
      `${search.starts} starts, best of all; ${Number((100 * search.shareReached).toPrecision(3))} % of those run reached the minimum; gradient there ${search.gradientNorm.toExponential(1)}`,
    ask: "which?",
  },
  {
    id: "4.5",
    item: "which rows are used, and outliers",
    fill: ({ rows }) => `${rows.used} rows, hash ${rows.hash.slice(0, 12)}`,
    ask: "which?",
  },
  { id: "4.6", item: "validation", fill: ({ validation }) => validation, ask: "hold the largest runs out (--holdout largest:2)" },
];

/** What the paper leaves out, and a reader of a fit needs. */
const extraRules: readonly Rule[] = [
  { id: "+1", item: "scatter between seeds", fill: asked, ask: "train one setting with several seeds: how far do their losses scatter?" },
  { id: "+2", item: "what is resampled as one", fill: asked, ask: "which rows share a trunk, a model or a seed (--cluster)?" },
  { id: "+3", item: "which parameters the rows tell", fill: asked, ask: "profile every parameter" },
  { id: "+4", item: "is each run at its best learning rate", fill: asked, ask: "was it swept at every scale, or carried over by a rule?" },
  { id: "+5", item: "are the intervals calibrated", fill: asked, ask: "predict larger runs from smaller ones (--holdout largest:2)" },
  { id: "+6", item: "how far it is to be extrapolated", fill: asked, ask: "name the target (--compute)" },
];

const sectionOf: Readonly<Record<string, ChecklistSection>> = {
  "1": "form",
  "2": "training",
  "3": "data collection",
  "4": "fitting",
  "+": "beside the paper",
};

/** Ids of all items, in order. */
export const checklistIds: readonly string[] = [...rules, ...extraRules].map(({ id }) => id);

/** The checklist of a fit: every item with what the record or its author says, in the paper's order. */
export function fillChecklist(facts: ChecklistFacts): readonly ChecklistItem[] {
  return rules.map((rule) => fillItem(rule, facts));
}

/** Six items beside the paper: `+1` to `+6`. */
export function fillExtraItems(facts: ChecklistFacts): readonly ChecklistItem[] {
  return extraRules.map((rule) => fillItem(rule, facts));
}

function fillItem({ id, item, fill, ask }: Rule, facts: ChecklistFacts): ChecklistItem {
  const { answers, record = {}, known = {} } = facts;
  const base = { id, section: sectionOf[id.slice(0, 1)] ?? "beside the paper", item };
  const answer = answers[id];
  const own = joined(fill(facts) ?? undefined, record[id]);
  if (own !== undefined) return { ...base, state: "filled", text: joined(own, answer) ?? own };
  if (answer !== undefined) return { ...base, state: "answered", text: joined(known[id], answer) ?? answer };
  return { ...base, state: "open", text: known[id] === undefined ? ask : `${known[id]}; still to say: ${ask}` };
}

function joined(left: string | undefined, right: string | undefined): string | undefined {
  return left === undefined ? right : right === undefined ? left : `${left}; ${right}`;
}

/** `N from 4.4e7 to 1.6e10, 50 different`; null where the law does not read it. */
export function spanText({ spans }: Pick<ChecklistFacts["rows"], "spans">, name: string): string | null {
  const span = spans.find((candidate) => candidate.name === name);
  if (span === undefined) return null;
  return `${name} from ${significantPower(span.from)} to ${significantPower(span.to)}, ${span.distinct} different`;
}
