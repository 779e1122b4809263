import { LadderError, type Problem } from "../study/ladder-error.ts";
import { columnsOf, type Expression, isNumeric, replaceColumns } from "../expressions/expression.ts";
import { parseExpression } from "../expressions/parse-expression.ts";

/** One part of `--map`: a variable and the expression that gives it. */
export interface MapEntry {
  readonly name: string;
  /** As it was written. */
  readonly text: string;
}

/** A variable of the rows, tied to columns of a file. */
export interface RowVariable {
  readonly name: string;
  /** What it is read from, as the report shows it: a column, or the expression. */
  readonly from: string;
  /** Over columns of the file alone. */
  readonly expression: Expression;
  readonly columns: readonly string[];
  /** A row that lacks it is excluded; the others hold null. */
  readonly needed: boolean;
}

/** The law symbols and the loss: columns of these names need no mapping. */
export const ownNames = ["N", "D", "C", "loss"] as const;

const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/;

/**
 * Parses `N=params,D=steps*batch*seq,loss=final_loss`. Commas within backticks, quotes and parentheses part nothing.
 *
 * @throws LadderError `input` MAP_INVALID
 */
export function parseMap(text: string): readonly MapEntry[] {
  const entries = splitAtCommas(text).map((part) => {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (equals < 0 || value === "") throw mapInvalid(part, "write VARIABLE=COLUMN, for example N=params");
    if (!namePattern.test(name)) throw mapInvalid(part, `${JSON.stringify(name)} is no name of a variable: letters, digits and _`);
    return { name, text: value };
  });
  const twice = entries.find(({ name }, index) => entries.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw mapInvalid(text, `${twice.name} is mapped twice`);
  return entries;
}

/** What to find in a file. */
export interface VariableRequest {
  readonly map: readonly MapEntry[];
  /** Variables that every row must have; left out: all that are mapped or found, and `loss`. */
  readonly needed?: readonly string[];
  /** As in messages. */
  readonly file: string;
  /** Words for a name that no column has: "did you mean params?". */
  readonly suggest: (name: string, columns: readonly string[]) => string;
}

/**
 * Ties variables to the columns of a file. What is not mapped is found where a column has the variable's own name: N, D, C,
 * loss and whatever is needed. A name of a column may leave out the groups before its last dot (`lr` for `config.lr`) as long as
 * one column alone fits.
 *
 * @throws LadderError `input` COLUMN_UNKNOWN with every name that no column has, COLUMN_AMBIGUOUS, MAP_INVALID,
 *   EXPRESSION_INVALID; VARIABLE_MISSING when a needed variable is neither mapped nor a column
 */
export function resolveVariables(columns: readonly string[], request: VariableRequest): readonly RowVariable[] {
  const problems: Problem[] = [];
  const mapped = resolveMapped(columns, request, problems);
  if (problems.length > 0)
    throw new LadderError("input", "COLUMN_UNKNOWN", `${request.file} lacks columns that --map names`, {
      fields: { file: request.file, columns },
      problems,
    });
  const wanted = [...new Set([...ownNames, ...(request.needed ?? [])])].filter((name) => !mapped.has(name));
  const found = wanted.flatMap((name) => {
    const column = findColumn(name, columns, request.file);
    return column === undefined ? [] : [{ name, from: column, expression: columnNode(column), columns: [column] }];
  });
  const all = [...mapped.values(), ...found];
  const needed = request.needed ?? [...new Set([...all.map(({ name }) => name), "loss"])];
  const missing = needed.filter((name) => !all.some((variable) => variable.name === name));
  if (missing.length > 0)
    throw new LadderError("input", "VARIABLE_MISSING", `${request.file} has no column ${missing.join(" and no column ")}`, {
      fields: { file: request.file, missing, columns },
      hint: `say which column it is: --map ${missing.map((name) => `${name}=COLUMN`).join(",")}. The columns are: ${listed(columns)}`,
    });
  const order = [...ownNames, ...mapped.keys(), ...wanted];
  return all
    .map((variable) => ({ ...variable, needed: needed.includes(variable.name) }))
    .sort((left, right) => order.indexOf(left.name) - order.indexOf(right.name));
}

/**
 * The column that a name means: the one with exactly this name, or the only one that ends in a dot and it; undefined when there
 * is none.
 *
 * @throws LadderError `input` COLUMN_AMBIGUOUS when several end in it
 */
export function findColumn(name: string, columns: readonly string[], file: string): string | undefined {
  if (columns.includes(name)) return name;
  const ending = columns.filter((column) => column.endsWith(`.${name}`));
  if (ending.length < 2) return ending[0];
  throw new LadderError("input", "COLUMN_AMBIGUOUS", `${JSON.stringify(name)} may be ${ending.join(" or ")} in ${file}`, {
    fields: { file, name, columns: ending },
    hint: "write the whole name of the column",
  });
}

/** At most twelve names, for messages. */
export function listed(names: readonly string[]): string {
  const more = names.length - 12;
  return `${names.slice(0, 12).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

type Variable = Omit<RowVariable, "needed">;

function resolveMapped(columns: readonly string[], request: VariableRequest, problems: Problem[]): ReadonlyMap<string, Variable> {
  const entries = new Map(request.map.map((entry) => [entry.name, entry]));
  const resolved = new Map<string, Variable>();
  const resolving: string[] = [];

  const resolve = ({ name, text }: MapEntry): Variable => {
    const known = resolved.get(name);
    if (known !== undefined) return known;
    if (resolving.includes(name)) throw mapInvalid(text, `${[...resolving, name].join(" needs ")}: a circle`);
    resolving.push(name);
    // A text that is a column's whole name is that column, whatever characters it has: eval/loss is no division there.
    const expression = columns.includes(text) ? columnNode(text) : parseNumeric(name, text);
    const bound = replaceColumns(expression, (column) => bind(name, column));
    resolving.pop();
    const variable = { name, from: bound.kind === "column" ? bound.name : text, expression: bound, columns: columnsOf(bound) };
    resolved.set(name, variable);
    return variable;
  };

  const bind = (owner: string, column: Extract<Expression, { kind: "column" }>): Expression => {
    const found = findColumn(column.name, columns, request.file);
    const other = column.quoted || column.name === owner ? undefined : entries.get(column.name);
    if (other !== undefined && found !== undefined && other.text !== found)
      throw mapInvalid(
        entries.get(owner)?.text ?? "",
        `${column.name} is a column of ${request.file} and also mapped from ${other.text}: write \`${column.name}\` in backticks for the column, or ${other.text}`,
      );
    if (found !== undefined) return { ...column, name: found };
    if (other !== undefined) return resolve(other).expression;
    problems.push({
      path: `--map ${owner}`,
      message: "there is no such column",
      value: column.name,
      fix: request.suggest(column.name, columns),
    });
    return column;
  };

  for (const entry of request.map) resolve(entry);
  return new Map(
    request.map.flatMap(({ name }) => {
      const variable = resolved.get(name);
      return variable === undefined ? [] : [[name, variable]];
    }),
  );
}

function parseNumeric(name: string, text: string): Expression {
  const expression = parseExpression(text, `--map ${name}`);
  if (!isNumeric(expression))
    throw mapInvalid(`${name}=${text}`, "a variable is a number: arithmetic of columns, no comparison and no text");
  return expression;
}

function columnNode(name: string): Expression {
  return { kind: "column", name, quoted: true, at: 0 };
}

function splitAtCommas(text: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  let quote = "";
  for (const character of text) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === "`" || character === '"' || character === "'") quote = character;
    else if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (character === "," && depth === 0 && quote === "") parts.push("");
    else parts.push(`${parts.pop() ?? ""}${character}`);
  }
  return parts;
}

function mapInvalid(part: string, why: string): LadderError {
  return new LadderError("input", "MAP_INVALID", `--map ${JSON.stringify(part.trim())}: ${why}`, {
    fields: { map: part.trim() },
    hint: "for example --map N=params,D=steps*batch*seq,loss=final_loss",
  });
}
