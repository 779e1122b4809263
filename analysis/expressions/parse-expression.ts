import { LadderError } from "../study/ladder-error.ts";
import { type ArithmeticOperator, type Comparison, type Expression, type FunctionName, functions } from "./expression.ts";

interface Token {
  readonly kind: "number" | "text" | "name" | "quoted" | "symbol" | "end";
  readonly text: string;
  /** Offset in the expression, from 0. */
  readonly at: number;
}

const tokenPattern =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_.]*)|`(?<quoted>[^`]+)`|"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<symbol>==|!=|<=|>=|&&|\|\||[-+*/^()<>=!]))/y;

/** Binding strength of what stands between two expressions. */
const strengths: Readonly<Record<string, number>> = {
  or: 1,
  "||": 1,
  and: 2,
  "&&": 2,
  "=": 4,
  "==": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "^": 8,
};
const strengthOfNot = 3;
const strengthOfMinus = 7;

/**
 * Parses an expression of columns: `steps*batch*seq`, `ln(perplexity)`, `` `eval/loss` < 4 and optimizer == "adam" ``.
 * Operators, the weakest first: or, and, not, comparisons (`=` is `==`), + and -, * and /, a sign, ^ (to the right). Names are
 * letters, digits, `_` and dots; any other column stands in backticks. Text stands in quotes.
 *
 * @param field what the expression belongs to, for messages: `--map D`, `--where`
 * @throws LadderError `input` EXPRESSION_INVALID with the place
 */
export function parseExpression(text: string, field: string): Expression {
  const tokens = readTokens(text, field);
  let next = 0;
  const refuse = (token: Token, expected: string): LadderError => expressionInvalid(field, text, token.at, expected, token.text);
  const peek = (): Token => tokens[next] ?? { kind: "end", text: "", at: text.length };
  const take = (): Token => {
    const token = peek();
    next += 1;
    return token;
  };
  const expectSymbol = (symbol: string): void => {
    const token = take();
    if (token.kind !== "symbol" || token.text !== symbol) throw refuse(token, `expected ${symbol}`);
  };

  const parseOperand = (): Expression => {
    const token = take();
    switch (token.kind) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "text":
        return { kind: "text", value: token.text };
      case "quoted":
        return { kind: "column", name: token.text, quoted: true, at: token.at };
      case "name":
        return parseName(token);
      case "end":
        throw refuse(token, "expected a column, a number or (");
      case "symbol":
        if (token.text === "(") {
          const inner = parseFrom(0);
          expectSymbol(")");
          return inner;
        }
        if (token.text === "-") return { kind: "negative", operand: parseFrom(strengthOfMinus) };
        if (token.text === "+") return parseFrom(strengthOfMinus);
        if (token.text === "!") return { kind: "not", operand: parseFrom(strengthOfNot) };
        throw refuse(token, "expected a column, a number or (");
    }
  };
  const parseName = (token: Token): Expression => {
    const word = token.text.toLowerCase();
    if (word === "not") return { kind: "not", operand: parseFrom(strengthOfNot) };
    if (word === "true" || word === "false") return { kind: "boolean", value: word === "true" };
    if (word === "and" || word === "or") throw refuse(token, "expected a column, a number or (");
    const after = peek();
    if (after.kind !== "symbol" || after.text !== "(") return { kind: "column", name: token.text, quoted: false, at: token.at };
    if (!isFunction(token.text)) throw refuse(token, `there is no such function: the functions are ${Object.keys(functions).join(", ")}`);
    expectSymbol("(");
    const operand = parseFrom(0);
    expectSymbol(")");
    return { kind: "call", name: token.text, operand };
  };
  const parseFrom = (weakest: number): Expression => {
    let left = parseOperand();
    for (;;) {
      const token = peek();
      const operator = token.kind === "symbol" || token.kind === "name" ? token.text.toLowerCase() : "";
      const strength = strengths[operator];
      if (strength === undefined || strength < weakest) return left;
      take();
      // ^ binds to the right; a comparison stands alone, so that 1 < x < 3 is an error and not a comparison of truth values.
      const right = parseFrom(operator === "^" ? strength : strength + 1);
      left = combine(operator, left, right);
      const following = peek();
      if (left.kind === "comparison" && following.kind === "symbol" && strengths[following.text] === strength)
        throw refuse(following, "join two comparisons with and");
    }
  };

  const parsed = parseFrom(0);
  if (peek().kind !== "end") throw refuse(peek(), "expected an operator");
  return parsed;
}

function combine(operator: string, left: Expression, right: Expression): Expression {
  if (operator === "or" || operator === "||") return { kind: "or", left, right };
  if (operator === "and" || operator === "&&") return { kind: "and", left, right };
  if (operator === "=") return { kind: "comparison", operator: "==", left, right };
  if (isComparison(operator)) return { kind: "comparison", operator, left, right };
  if (isArithmetic(operator)) return { kind: "arithmetic", operator, left, right };
  throw new LadderError("defect", "INVARIANT_BROKEN", `${operator} has a strength and no meaning`);
}

function readTokens(text: string, field: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    const start = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0);
    if (match?.groups === undefined) throw expressionInvalid(field, text, start, "this is no name, number or operator", text.charAt(start));
    const { number, name, quoted, double, single, symbol } = match.groups;
    const string = double ?? single;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at: start });
    else if (name !== undefined) tokens.push({ kind: "name", text: name, at: start });
    else if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted, at: start });
    else if (string !== undefined) tokens.push({ kind: "text", text: string, at: start });
    else tokens.push({ kind: "symbol", text: symbol ?? "", at: start });
    at = tokenPattern.lastIndex;
  }
  return tokens;
}

function expressionInvalid(field: string, text: string, at: number, expected: string, found: string): LadderError {
  const where = found === "" ? "at its end" : `at ${JSON.stringify(found)}, character ${at + 1}`;
  return new LadderError("input", "EXPRESSION_INVALID", `${field}: ${JSON.stringify(text)} cannot be read ${where}: ${expected}`, {
    fields: { field, expression: text, character: at + 1 },
    hint: "columns with other characters than letters, digits, _ and dots stand in backticks, text in quotes: '`eval/loss` < 4'",
  });
}

function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(functions, name);
}

function isComparison(operator: string): operator is Comparison {
  return ["==", "!=", "<", "<=", ">", ">="].includes(operator);
}

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return ["+", "-", "*", "/", "^"].includes(operator);
}
