import { exp, log, log2, pow, sqrt } from "../numerics/elementary.ts";
import { type Cell, cellText, readNumber } from "./cell.ts";

/** Arithmetic of numbers. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "^";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type FunctionName = keyof typeof functions;

/** An expression of columns, parsed. `quoted`: written in backticks, so a column of the file and nothing else. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "column"; readonly name: string; readonly quoted: boolean; readonly at: number }
  | { readonly kind: "negative"; readonly operand: Expression }
  | { readonly kind: "arithmetic"; readonly operator: ArithmeticOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "call"; readonly name: FunctionName; readonly operand: Expression }
  | { readonly kind: "comparison"; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression };

/** Functions of one number: perplexity becomes a loss by `ln(perplexity)`, bits become nats by `bits * ln(2)`. */
export const functions = {
  ln: log,
  exp,
  log2,
  sqrt,
} as const satisfies Readonly<Record<string, (value: number) => number>>;

/** Names of the columns that an expression reads, each once, in the order in which they stand. */
export function columnsOf(expression: Expression): readonly string[] {
  return [...new Set(nodesOf(expression).flatMap((node) => (node.kind === "column" ? [node.name] : [])))];
}

/** An expression and everything in it, left to right. */
export function nodesOf(expression: Expression): readonly Expression[] {
  if ("operand" in expression) return [expression, ...nodesOf(expression.operand)];
  if ("left" in expression) return [expression, ...nodesOf(expression.left), ...nodesOf(expression.right)];
  return [expression];
}

/** The same expression with each column replaced by what `replace` gives. */
export function replaceColumns(
  expression: Expression,
  replace: (column: Extract<Expression, { kind: "column" }>) => Expression,
): Expression {
  if (expression.kind === "column") return replace(expression);
  if ("operand" in expression) return { ...expression, operand: replaceColumns(expression.operand, replace) };
  if ("left" in expression)
    return { ...expression, left: replaceColumns(expression.left, replace), right: replaceColumns(expression.right, replace) };
  return expression;
}

/** True for arithmetic of columns: what a mapping may be. Comparisons, text and truth values are conditions. */
export function isNumeric(expression: Expression): boolean {
  return nodesOf(expression).every(({ kind }) => ["number", "column", "negative", "arithmetic", "call"].includes(kind));
}

/**
 * The value of a numeric expression in double precision: 6·N·D of real runs is beyond 64-bit integers.
 *
 * @param read the number of a column; NaN for what is none
 */
export function evaluateNumber(expression: Expression, read: (column: string) => number): number {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "column":
      return read(expression.name);
    case "negative":
      return -evaluateNumber(expression.operand, read);
    case "call":
      return functions[expression.name](evaluateNumber(expression.operand, read));
    case "arithmetic":
      return calculate(expression.operator, evaluateNumber(expression.left, read), evaluateNumber(expression.right, read));
    default:
      return Number.NaN;
  }
}

/**
 * Whether a record meets a condition. Numbers are compared as numbers; text and truth values by `==` and `!=`, text to the
 * letter. A cell that is missing, or text where a number is asked for, meets no comparison, `!=` included.
 */
export function evaluateCondition(expression: Expression, cellOf: (column: string) => Cell | undefined): boolean {
  switch (expression.kind) {
    case "and":
      return evaluateCondition(expression.left, cellOf) && evaluateCondition(expression.right, cellOf);
    case "or":
      return evaluateCondition(expression.left, cellOf) || evaluateCondition(expression.right, cellOf);
    case "not":
      return !evaluateCondition(expression.operand, cellOf);
    case "comparison":
      return compare(expression.operator, expression.left, expression.right, cellOf);
    case "boolean":
      return expression.value;
    default:
      return truth(expression, cellOf) === true;
  }
}

function compare(operator: Comparison, left: Expression, right: Expression, cellOf: (column: string) => Cell | undefined): boolean {
  if (left.kind === "boolean" || right.kind === "boolean") return equality(operator, truth(left, cellOf), truth(right, cellOf));
  const numbers = [left, right].map((side) => (side.kind === "text" ? Number.NaN : numberOf(side, cellOf)));
  const [first = Number.NaN, second = Number.NaN] = numbers;
  if (!Number.isNaN(first) && !Number.isNaN(second)) return ordered(operator, first, second);
  return equality(operator, textOf(left, cellOf), textOf(right, cellOf));
}

function ordered(operator: Comparison, left: number, right: number): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function equality<Value extends string | boolean>(operator: Comparison, left: Value | undefined, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return operator === "==" ? left === right : operator === "!=" && left !== right;
}

function numberOf(expression: Expression, cellOf: (column: string) => Cell | undefined): number {
  return evaluateNumber(expression, (column) => {
    const value = readNumber(cellOf(column));
    return typeof value === "number" ? value : Number.NaN;
  });
}

function textOf(expression: Expression, cellOf: (column: string) => Cell | undefined): string | undefined {
  if (expression.kind === "text") return expression.value;
  return expression.kind === "column" ? (cellText(cellOf(expression.name)) ?? undefined) : undefined;
}

/** A truth value: that of a literal, of a cell (`True`, `false`), of a number (0 is false); undefined for all else. */
function truth(expression: Expression, cellOf: (column: string) => Cell | undefined): boolean | undefined {
  if (expression.kind === "boolean") return expression.value;
  if (expression.kind === "column") {
    const word = String(cellOf(expression.name)).trim().toLowerCase();
    if (word === "true" || word === "false") return word === "true";
  }
  const value = numberOf(expression, cellOf);
  return Number.isNaN(value) ? undefined : value !== 0;
}

function calculate(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "^":
      return pow(left, right);
  }
}
