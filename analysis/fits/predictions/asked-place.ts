import { exp, log } from "../../numerics/elementary.ts";
import type { Columns, Law, LawVariable } from "../../laws/contract.ts";
import { modelSize, trainingCompute, trainingTokens } from "../../laws/variables.ts";
import { LadderError, type Problem } from "../../study/ladder-error.ts";
import type { OpenFit } from "../document/open-fit.ts";

/** Values by name, natural units. */
export type NamedValues = Readonly<Record<string, number>>;

/** What tells small runs from large ones, for the fitted rows and for the place that is asked. */
export interface PlaceBudget {
  /** `C`, `6 N D`, or an input that grows with the run where rows have no compute. */
  readonly name: string;
  /** ln of it, one a fitted row. */
  readonly fitted: Float64Array;
  /** ln of it at the place. */
  readonly asked: number;
}

/** A place at which a fit is asked, checked and complete. */
export interface AskedPlace {
  /** One value for every input of the law, in its order. */
  readonly inputs: NamedValues;
  /** The same as columns of one row. */
  readonly columns: Columns;
  /** Null where rows have no compute and no input with three values or more. */
  readonly budget: PlaceBudget | null;
}

/** FLOPs of a parameter and a token: forward 2, backward 4. */
const flopsPerParameterToken = 6;

/**
 * Completes and checks what is asked of a fit. C may stand for model size or for tokens where the law splits compute between them
 * (C = 6 N D); beside both, and for other laws, it is the budget.
 *
 * @throws LadderError `input` INPUT_MISSING, INPUT_UNKNOWN, INPUT_OUT_OF_RANGE, each naming field, value and fix
 */
export function askPlace(open: OpenFit, at: NamedValues): AskedPlace {
  const { law } = open;
  checkNames(open, at);
  const completed = completeBySplit(law, at);
  const missing = law.inputs.filter(({ name }) => completed[name] === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new LadderError("input", "INPUT_MISSING", `${law.id} also depends on ${missing.join(", ")}`, {
      fields: { law: law.id, at, missing },
      hint: [
        `give --at ${[...Object.entries(at).map(([name, value]) => `${name}=${value}`), ...missing.map((name) => `${name}=…`)].join(",")}`,
        ...(law.allocation !== undefined && Object.keys(at).join() === trainingCompute.name
          ? ["ladder allocate FIT --compute … splits compute between model size and tokens"]
          : []),
      ].join("; "),
    });
  const problems = [...law.inputs, ...budgetVariables(law)].flatMap((variable) => rangeProblem(variable, completed[variable.name]));
  if (problems.length > 0)
    throw new LadderError(
      "input",
      "INPUT_OUT_OF_RANGE",
      `${law.id} says nothing of ${problems.map(({ path, value }) => `${path} = ${value ?? ""}`).join(", ")}`,
      { fields: { law: law.id, at }, problems },
    );
  const inputs = Object.fromEntries(law.inputs.map(({ name }) => [name, completed[name] ?? Number.NaN]));
  return {
    inputs,
    columns: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, Float64Array.of(value)])),
    budget: computeBudget(open, { ...at, ...inputs }) ?? inputBudget(open, inputs),
  };
}

/** C, and N and D where they are no inputs: what a budget can be told by. */
function budgetVariables(law: Law): readonly LawVariable[] {
  return [trainingCompute, modelSize, trainingTokens].filter(({ name }) => law.inputs.every((input) => input.name !== name));
}

function checkNames({ law, document }: OpenFit, at: NamedValues): void {
  const known = [
    ...law.inputs.map(({ name }) => name),
    ...budgetVariables(law).flatMap(({ name }) =>
      name === trainingCompute.name || document.data.columns[name] !== undefined ? [name] : [],
    ),
  ];
  const unknown = Object.keys(at).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new LadderError("input", "INPUT_UNKNOWN", `${law.id} does not depend on ${unknown.join(", ")}`, {
    fields: { law: law.id, at, unknown, known },
    hint: `it takes ${law.inputs.map(({ name, meaning }) => `${name} (${meaning})`).join(", ")}`,
  });
}

function completeBySplit({ allocation }: Law, at: NamedValues): NamedValues {
  const compute = at[trainingCompute.name];
  if (allocation === undefined || compute === undefined) return at;
  const { size, tokens } = allocation;
  const [ofSize, ofTokens] = [at[size], at[tokens]];
  if (ofSize !== undefined && ofTokens === undefined) return { ...at, [tokens]: compute / (flopsPerParameterToken * ofSize) };
  if (ofSize === undefined && ofTokens !== undefined) return { ...at, [size]: compute / (flopsPerParameterToken * ofTokens) };
  return at;
}

function rangeProblem({ name, range, meaning }: LawVariable, value: number | undefined): readonly Problem[] {
  if (value === undefined) return [];
  const isLegal = Number.isFinite(value) && (range === undefined ? value > 0 : value >= range.from && value <= range.to);
  if (isLegal) return [];
  const legal = range === undefined ? "above 0" : `between ${range.from} and ${range.to}`;
  return [
    { path: name, message: `${meaning} must be ${legal}`, value: String(value), fix: `${name} ${legal}, for example ${exampleOf(range)}` },
  ];
}

function exampleOf(range: LawVariable["range"]): string {
  if (range === undefined) return "1e9";
  return String(range.from > 0 ? range.from : range.to < 1 ? range.to / 2 : 1);
}

/** Compute: that of the rows, which is counted as they count it. */
function computeBudget(open: OpenFit, values: NamedValues): PlaceBudget | null {
  const { fittedLogBudgets: fitted, fittedRows, document } = open;
  if (fitted === undefined) return null;
  const { C: counted, N: sizes, D: tokens } = document.data.columns;
  const name = counted === undefined ? `${flopsPerParameterToken} N D` : trainingCompute.name;
  const { C, N, D } = values;
  if (C !== undefined) return { name, fitted, asked: log(C) };
  if (N === undefined || D === undefined) return null;
  // Rows that count compute otherwise, say with attention, do so by about the same factor at the place.
  const logFactors =
    counted === undefined || sizes === undefined || tokens === undefined
      ? []
      : fittedRows.map((row, index) => (fitted[index] ?? 0) - log(flopsPerParameterToken * (sizes[row] ?? 0) * (tokens[row] ?? 0)));
  const logFactor = logFactors.length === 0 ? 0 : logFactors.reduce((sum, value) => sum + value, 0) / logFactors.length;
  return { name, fitted, asked: log(flopsPerParameterToken * N * D) + logFactor };
}

/** An input that stands for the budget: the one that the law splits or compares models by, else the first with three values. */
function inputBudget({ law, fitted }: OpenFit, inputs: NamedValues): PlaceBudget | null {
  const names = [law.allocation?.size, law.equivalent?.input, ...law.inputs.map((input) => input.name)].filter(
    (name) => name !== undefined,
  );
  const name = names.find((candidate) => {
    const column = fitted.columns[candidate] ?? new Float64Array(0);
    return column.every((value) => value > 0) && new Set(column).size > 2 && (inputs[candidate] ?? 0) > 0;
  });
  if (name === undefined) return null;
  return { name, fitted: (fitted.columns[name] ?? new Float64Array(0)).map((value) => log(value)), asked: log(inputs[name] ?? 0) };
}

/** A budget from its logarithm, in natural units: to 12 digits, for the way there and back moves the last ones. */
export function budgetOf(logBudget: number): number {
  return Number(exp(logBudget).toPrecision(12));
}
