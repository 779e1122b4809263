import { columnsOf, evaluateCondition, type Expression } from "../../expressions/expression.ts";
import { parseExpression } from "../../expressions/parse-expression.ts";
import type { SearchValues } from "./search-space.ts";

/** A condition that values must meet, parsed. */
export interface Constraint {
  readonly text: string;
  readonly expression: Expression;
  /** Parameters that it speaks of. */
  readonly names: readonly string[];
}

/**
 * Reads one constraint of a space, in the language of `--where`: `headDimension * heads == width`.
 *
 * @param field where it stands, for messages: `constraints[0]`
 * @throws LadderError `input` EXPRESSION_INVALID with the place
 */
export function parseConstraint(text: string, field: string): Constraint {
  const expression = parseExpression(text, field);
  return { text, expression, names: columnsOf(expression) };
}

/** Whether values meet a constraint. One that speaks of a parameter which is absent here asks for nothing. */
export function isMet(constraint: Constraint, values: SearchValues): boolean {
  return constraint.names.some((name) => values[name] === undefined) || evaluateCondition(constraint.expression, (name) => values[name]);
}
