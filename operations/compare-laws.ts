import type { FitDocument } from "../analysis/fits/document/fit-document.ts";
import type { Law } from "../analysis/laws/contract.ts";
import { findLaw, laws } from "../analysis/laws/index.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { fitSource, type FitLawOptions } from "./fit-law.ts";
import type { RowSource } from "./gather-rows.ts";

/** One law on the rows. Plain JSON. */
export interface ComparedLaw {
  readonly law: string;
  readonly formula: string;
  /** Of rows fitted. */
  readonly rows: number;
  readonly parameters: number;
  /** Parameters that the rows do not tell. */
  readonly notIdentified: readonly string[];
  readonly objective: number;
  readonly holdout: FitDocument["holdout"];
}

/** Several laws on one source, the one that says most of larger runs first. Plain JSON: what `ladder fit compare --json` prints. */
export interface LawComparison {
  readonly source: string;
  readonly output: string;
  readonly holdoutBudgets: number;
  readonly laws: readonly ComparedLaw[];
  /** Laws that could not be fitted to these rows, with the reason. */
  readonly refused: readonly { readonly law: string; readonly code: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

export interface CompareLawsOptions extends Omit<FitLawOptions, "law"> {
  /** Ids; left out: every law of the loss. */
  readonly laws?: readonly string[] | undefined;
  /** Told of each law before it is fitted. */
  readonly onLaw?: (law: string, index: number, of: number) => void;
}

/**
 * Fits several laws to the same source, and orders them by their mean error on the larger runs that none of them has seen. Without
 * named laws, those whose inputs the source does not have are left out silently; named ones are refused with their reason.
 *
 * @throws LadderError `input` LAW_UNKNOWN, LAWS_DIFFER_IN_OUTPUT; whatever refuses every law
 */
export async function compareLaws(source: RowSource, options: CompareLawsOptions): Promise<LawComparison> {
  const { laws: asked, onLaw, ...fitOptions } = options;
  const chosen: readonly Law[] = asked === undefined ? laws.filter(({ output }) => output.name === "loss") : asked.map(findLaw);
  const [first] = chosen;
  const other = chosen.find(({ output }) => output.name !== first?.output.name);
  if (first === undefined || other !== undefined)
    throw new LadderError("input", "LAWS_DIFFER_IN_OUTPUT", "laws of different quantities cannot be compared", {
      fields: { laws: chosen.map(({ id, output }) => `${id}: ${output.name}`) },
      hint: "name laws of one output, for example --laws chinchilla,kaplan-joint",
    });
  const fitted: { readonly compared: ComparedLaw; readonly warnings: readonly string[] }[] = [];
  const refused: LadderError[] = [];
  const refusals: LawComparison["refused"][number][] = [];
  for (const [index, law] of chosen.entries()) {
    fitOptions.signal?.throwIfAborted();
    onLaw?.(law.id, index + 1, chosen.length);
    // Lets an interruption in between two fits.
    await new Promise(setImmediate);
    try {
      const { document } = await fitSource(source, { ...fitOptions, law: law.id });
      fitted.push({ compared: summaryOf(law, document), warnings: document.warnings.filter((warning) => !lawsOwn(warning, document)) });
    } catch (error) {
      if (!(error instanceof LadderError) || error.kind === "defect" || error.kind === "missing") throw error;
      refused.push(error);
      if (asked !== undefined || error.code !== "VARIABLE_MISSING") refusals.push({ law: law.id, code: error.code, reason: error.message });
    }
  }
  const [refusal] = refused;
  if (fitted.length === 0 && refusal !== undefined) throw refusal;
  return {
    source: source.kind === "file" ? source.path : source.name,
    output: first.output.name,
    holdoutBudgets: options.holdoutBudgets,
    laws: fitted.map(({ compared }) => compared).sort(bestFirst),
    refused: refusals,
    warnings: [...new Set(fitted.flatMap(({ warnings }) => warnings)), ...rowWarning(fitted.map(({ compared }) => compared))],
  };
}

function summaryOf(law: Law, { rows, parameters, objective, holdout }: FitDocument): ComparedLaw {
  return {
    law: law.id,
    formula: law.formula,
    rows: rows.used,
    parameters: law.parameters.length,
    notIdentified: Object.entries(parameters).flatMap(([name, { identified }]) => (identified ? [] : [name])),
    objective: objective.value,
    holdout,
  };
}

/** Warnings of one law's parameters say nothing of the rows. */
function lawsOwn(warning: string, { law, parameters }: FitDocument): boolean {
  return (
    warning.startsWith(law) || Object.keys(parameters).some((name) => warning.startsWith(`${name} `) || warning.startsWith(`${name}:`))
  );
}

function bestFirst(left: ComparedLaw, right: ComparedLaw): number {
  const score = ({ holdout, objective }: ComparedLaw): number => holdout?.meanAbsoluteRelativeError ?? objective;
  return score(left) - score(right) || (left.law < right.law ? -1 : 1);
}

function rowWarning(compared: readonly ComparedLaw[]): readonly string[] {
  const counts = [...new Set(compared.map(({ rows }) => rows))];
  return counts.length < 2
    ? []
    : [`not all laws were fitted to the same rows (${counts.join(", ")}): some need a column that rows lack; --where makes them alike`];
}
