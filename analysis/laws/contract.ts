import type { Evidence } from "../study/evidence.ts";

/** Columns of rows by the name of the variable, in natural units; all of one length. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** A quantity that a law reads or gives. */
export interface LawVariable {
  /** As in `--map` and `--at`: N, D, C, B … or a word such as `uniqueTokens`. */
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  /** Smallest and largest legal value; left out: above 0. */
  readonly range?: { readonly from: number; readonly to: number };
  /** Counted in this unit only: in another one, constants would have to enter the formula. */
  readonly fixedUnit?: true;
}

/**
 * A parameter and the coordinate in which it is searched: `log` for what is positive, such as A, B and E, `identity` for exponents.
 * `mayVanish`: the limit 0 of a log coordinate is a legal law, in which the term is not there; it is reported as "not identified",
 * never as 1e-90.
 */
export interface LawParameter {
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  readonly transform: "log" | "identity";
  /** Legal natural values; left out: all that the transform allows. */
  readonly lower?: number;
  readonly upper?: number;
  readonly mayVanish?: true;
}

/** Constants that somebody published, for comparison: never starts of a fit. */
export interface PublishedConstants {
  readonly source: string;
  readonly values: Readonly<Record<string, number>>;
  /** What they were fitted on, and how N was counted. */
  readonly note?: string;
}

/** A plausible case for simulated rows: every combination of the inputs' values, at these parameters. Every law of the registry has one. */
export interface LawExample {
  /** Natural values of all parameters. */
  readonly values: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

/**
 * A law compiled for rows. `coordinates` are the parameters in search coordinates, in the order of `Law.parameters`.
 * What it predicts is on the law's scale: ln of the output where `Law.scale` is `log`, log10 where it is `log10`.
 */
export interface PreparedLaw {
  readonly rowCount: number;
  /** Writes one prediction a row. */
  predict(coordinates: Float64Array, predictions: Float64Array): void;
  /** Writes predictions, and d prediction / d coordinate, rowCount x parameters, row after row. */
  predictWithJacobian(coordinates: Float64Array, predictions: Float64Array, jacobian: Float64Array): void;
}

/**
 * Given the others, the output (not its logarithm) is linear in these parameters: output = sum of coefficient x basis column. What is
 * left is a search over the nonlinear ones (variable projection, Golub and Pereyra 1973).
 */
export interface LinearPart {
  /** Names, in the order of the columns; all have the transform `log`, so that their natural values are at least 0. */
  readonly parameters: readonly string[];
  /** Writes rowCount x parameters.length basis values, row after row, for natural values of the others. */
  basis(columns: Columns, nonlinear: Readonly<Record<string, number>>, into: Float64Array): void;
}

/** Inputs that are computed from columns that people log, a cluster (one training curve) at a time. */
export interface DerivedInputs {
  readonly inputs: readonly string[];
  /** Columns in their stead, natural units; rows of a cluster come in the order of the first. */
  readonly needs: readonly string[];
  /** How, in one clause. */
  readonly words: string;
  /** @param columns those of `needs`, of one cluster */
  compute(columns: Columns): Columns;
}

/** A functional form: loss = f(N, D, …) or optimum = g(N, D, …). It knows no rows, objective or optimizer. */
export interface Law {
  readonly id: string;
  readonly name: string;
  /** In plain text, with the names of variables and parameters. */
  readonly formula: string;
  readonly source: string;
  readonly evidence: readonly Evidence[];
  readonly inputs: readonly LawVariable[];
  readonly output: LawVariable;
  /** Scale on which it predicts and on which residuals are taken unless the fit says otherwise. */
  readonly scale: "log" | "log10" | "value";
  readonly parameters: readonly LawParameter[];
  readonly published: readonly PublishedConstants[];
  /** Ids of data sets on which tests fit it; empty: "not checked on data". */
  readonly checkedOn: readonly string[];
  /** Compiles for rows. The columns are those of `inputs`. */
  prepare(columns: Columns): PreparedLaw;
  /**
   * Values to start from, a list for each parameter in search coordinates; the fit takes their product. They may look at the rows (an
   * irreducible loss starts below the smallest output) and never at published constants of a data set.
   */
  starts(columns: Columns, output: Float64Array): readonly (readonly number[])[];
  readonly linearPart?: LinearPart;
  /** For loss laws of model size and tokens: which two inputs `allocate` splits compute between. */
  readonly allocation?: { readonly size: string; readonly tokens: string };
  /**
   * For laws that compare with a simpler model, such as routed with dense ones: `input` is told again for a model that has the
   * `reference` values of the other inputs and the same output, as in "effective parameter count".
   */
  readonly equivalent?: { readonly input: string; readonly reference: Readonly<Record<string, number>> };
  /** Name of the parameter that the law only adds to the rest of its output: what is left once every input is infinite. */
  readonly irreducible?: string;
  /** For a law that is another one with something held: which one, and what is held, as in "equal exponents". */
  readonly restricts?: { readonly law: string; readonly words: string };
  readonly example?: LawExample;
  /** Inputs that rows may leave out when they have other columns. */
  readonly derived?: DerivedInputs;
}
