import type { Expression } from "../expressions/expression.ts";
import { parseExpression } from "../expressions/parse-expression.ts";

/**
 * What a condition says of the kind of a run, without what it says of its size: of conditions joined by `and`, those with <, <=, > and >= are
 * left out. Rows that were fitted under `width < 128` are asked of wider ones, and those are still of one parametrization.
 *
 * @param condition as of `--where`
 * @returns undefined where nothing is left
 * @throws LadderError as `parseExpression`
 */
export function kindConditions(condition: string): string | undefined {
  const kept = conjuncts(parseExpression(condition, "--where")).filter((part) => !isOrder(part));
  return kept.length === 0 ? undefined : kept.map(expressionText).join(" and ");
}

function conjuncts(expression: Expression): readonly Expression[] {
  return expression.kind === "and" ? [...conjuncts(expression.left), ...conjuncts(expression.right)] : [expression];
}

function isOrder(expression: Expression): boolean {
  return expression.kind === "comparison" && expression.operator !== "==" && expression.operator !== "!=";
}

/** An expression as `parseExpression` reads it to the same one, with every part in parentheses. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case "number":
    case "boolean":
      return String(expression.value);
    case "text":
      return expression.value.includes('"') ? `'${expression.value}'` : `"${expression.value}"`;
    case "column":
      return expression.quoted ? `\`${expression.name}\`` : expression.name;
    case "negative":
      return `(-${expressionText(expression.operand)})`;
    case "not":
      return `(not ${expressionText(expression.operand)})`;
    case "call":
      return `${expression.name}(${expressionText(expression.operand)})`;
    case "and":
    case "or":
      return `(${expressionText(expression.left)} ${expression.kind} ${expressionText(expression.right)})`;
    case "arithmetic":
    case "comparison":
      return `(${expressionText(expression.left)} ${expression.operator} ${expressionText(expression.right)})`;
  }
}
