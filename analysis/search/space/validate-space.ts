import { columnsOf, nodesOf } from "../../expressions/expression.ts";
import { LadderError, type Problem } from "../../study/ladder-error.ts";
import { numericAxis } from "./numeric-axis.ts";
import { parseConstraint } from "./constraints.ts";
import { conditionOf, orderByCondition } from "./presence.ts";
import type { ChoiceParameter, NumericParameter, SearchParameter, SearchSpace, SearchValue } from "./search-space.ts";

type Report = (field: string, message: string, value: unknown, fix: string) => void;

/**
 * Refuses a space that cannot be searched, with every problem at once: each names its parameter, the value and what to write instead.
 *
 * @throws LadderError `input` SPACE_INVALID; EXPRESSION_INVALID for a constraint that cannot be read
 */
export function validateSpace(space: SearchSpace): void {
  const problems: Problem[] = [];
  const byName = new Map<string, SearchParameter>();
  for (const parameter of space.parameters) {
    const report: Report = (field, message, value, fix) =>
      problems.push({ path: `${parameter.name}.${field}`, message: `${parameter.name}: ${message}`, value: JSON.stringify(value), fix });
    if (byName.has(parameter.name)) report("name", "there are two parameters of this name", parameter.name, "rename one of them");
    byName.set(parameter.name, parameter);
    if (parameter.kind === "numeric" || parameter.kind === "context") {
      const isRange = checkRange(parameter, report);
      if (isRange && parameter.kind === "numeric" && checkSteps(parameter, report)) checkPlaces(parameter, report);
    }
    if (parameter.kind === "choice") checkChoice(parameter, report);
  }
  for (const parameter of space.parameters) {
    const condition = conditionOf(parameter);
    if (condition === undefined) continue;
    const path = `${parameter.name}.when`;
    const asked = byName.get(condition.parameter);
    if (asked === undefined)
      problems.push({
        path,
        message: `${parameter.name}: its condition asks for ${condition.parameter}, which is no parameter`,
        value: JSON.stringify(condition.parameter),
        fix: `one of ${[...byName.keys()].join(", ")}`,
      });
    else if (!condition.values.some((value) => couldBe(asked, value)))
      problems.push({
        path,
        message: `${parameter.name}: ${condition.parameter} is never ${condition.values.map((value) => JSON.stringify(value)).join(" or ")}`,
        value: JSON.stringify(condition.values),
        fix: `values that ${condition.parameter} can have`,
      });
  }
  const isComplete = space.parameters.every((parameter) => byName.has(conditionOf(parameter)?.parameter ?? parameter.name));
  if (isComplete && orderByCondition(space) === null) {
    const names = space.parameters.flatMap((parameter) => (conditionOf(parameter) === undefined ? [] : [parameter.name]));
    problems.push({
      path: "parameters",
      message: `the conditions of ${names.join(", ")} go in a circle`,
      value: JSON.stringify(names),
      fix: "let one of them be there always",
    });
  }
  for (const [index, text] of space.constraints.entries()) problems.push(...constraintProblems(text, `constraints[${index}]`, byName));
  const [first] = problems;
  if (first !== undefined)
    throw new LadderError("input", "SPACE_INVALID", `this space cannot be searched: ${problems.map(({ message }) => message).join("; ")}`, {
      fields: { problems },
      hint: `${first.path}: ${first.fix ?? "change it"}`,
      problems,
    });
}

function constraintProblems(text: string, path: string, byName: ReadonlyMap<string, SearchParameter>): readonly Problem[] {
  const { names, expression } = parseConstraint(text, path);
  const unknown = names
    .filter((name) => !byName.has(name))
    .map((name) => ({
      path,
      message: `constraint ${JSON.stringify(text)} speaks of ${name}, which is no parameter`,
      value: JSON.stringify(name),
      fix: `one of ${[...byName.keys()].join(", ")}`,
    }));
  const equal = nodesOf(expression)
    .filter((node) => node.kind === "comparison" && node.operator === "==")
    .map(columnsOf)
    .filter((columns) => columns.length > 1)
    .flatMap((columns) => columns.filter((name) => isContinuous(byName.get(name))))
    .map((name) => ({
      path,
      message: `constraint ${JSON.stringify(text)} asks for an equality of ${name}, which is continuous: no draw ever meets it`,
      value: JSON.stringify(name),
      fix: `steps for ${name}, or leave it out of the space and compute it from the others`,
    }));
  return [...unknown, ...equal];
}

function isContinuous(parameter: SearchParameter | undefined): boolean {
  return parameter?.kind === "numeric" && !parameter.integer && parameter.multipleOf === undefined && parameter.powersOf === undefined;
}

function checkRange({ scale, from, to }: Pick<NumericParameter, "scale" | "from" | "to">, report: Report): boolean {
  const isRising = from < to;
  if (!isRising) report("from", `from ${from} is not below to ${to}`, from, `a from below ${to}, or a fixed parameter for one value`);
  if (scale === "linear") return isRising;
  if (from <= 0)
    report("from", `a ${scale} axis has no place for ${from}`, from, "a from above 0; 0 itself can be one of the special values");
  if (scale === "log") return isRising && from > 0;
  if (to >= 1) report("to", `a logit axis has no place for ${to}`, to, "a to below 1, for example 0.999");
  return isRising && from > 0 && to < 1;
}

function checkSteps(parameter: NumericParameter, report: Report): boolean {
  const { from, to, integer, multipleOf, powersOf } = parameter;
  if (integer && multipleOf !== undefined && !Number.isInteger(multipleOf)) {
    report("multipleOf", `whole numbers have no steps of ${multipleOf}`, multipleOf, "a whole multipleOf, or integer: false");
    return false;
  }
  if (powersOf !== undefined && from <= 0) {
    report("from", `powers of ${powersOf} are above 0, and from is ${from}`, from, "a from above 0");
    return false;
  }
  if (numericAxis(parameter).count !== 0) return true;
  const field = powersOf !== undefined ? "powersOf" : multipleOf !== undefined ? "multipleOf" : "integer";
  report(field, `no allowed value lies in ${from} to ${to}`, parameter[field], "a wider range or smaller steps");
  return false;
}

function checkPlaces({ scale, from, to, center, preferred, special }: NumericParameter, report: Report): void {
  if (center !== undefined && (center < from || center > to) && !special.includes(center))
    report("center", `center ${center} lies outside ${from} to ${to}`, center, `a center in ${from} to ${to}, or a special value`);
  if (preferred !== undefined && (preferred.from >= preferred.to || preferred.from < from || preferred.to > to))
    report("preferred", `the preferred range must lie in ${from} to ${to}`, preferred, `a preferred range in ${from} to ${to}`);
  const axis = numericAxis({ scale, from, to });
  for (const [index, value] of special.entries()) {
    if (axis.isAllowed(value)) report("special", `special value ${value} already lies on the axis`, value, "leave it out");
    if (special.indexOf(value) !== index) report("special", `special value ${value} stands there twice`, value, "leave one out");
  }
}

function checkChoice({ values, center }: ChoiceParameter, report: Report): void {
  for (const [index, value] of values.entries())
    if (values.indexOf(value) !== index) report("values", `${JSON.stringify(value)} stands there twice`, value, "leave one out");
  if (center !== undefined && !values.includes(center))
    report("center", `center ${JSON.stringify(center)} is none of its values`, center, `one of ${JSON.stringify(values)}`);
}

function couldBe(parameter: SearchParameter, value: SearchValue): boolean {
  if (parameter.kind === "fixed") return parameter.value === value;
  if (parameter.kind === "choice") return parameter.values.includes(value);
  if (typeof value !== "number") return false;
  if (parameter.kind === "numeric" && parameter.special.includes(value)) return true;
  return value >= parameter.from && value <= parameter.to;
}
