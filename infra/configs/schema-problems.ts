import { z } from "zod";
import { nearName, suggestName } from "../near-names.ts";
import type { FieldPath } from "./yaml-document.ts";

/** A problem whose path is still in steps, so that its line can be found. */
export interface FieldProblem {
  readonly path: FieldPath;
  readonly message: string;
  readonly value?: string;
  readonly fix?: string;
  /** The name that was meant, where a field or a value is misspelt. */
  readonly meant?: { readonly part: "field" | "value"; readonly name: string };
}

/** `scales.width[2]`; names that are no plain words are quoted. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[\w-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Everything a schema has against a value, in words: one entry a field, unions reported by the branch that was meant. */
export function findSchemaProblems(schema: z.ZodType, value: unknown, at: FieldPath = []): readonly FieldProblem[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues
    .flatMap((issue) => describeIssue(issue, schema, value))
    .map((problem) => ({ ...problem, path: [...at, ...problem.path] }));
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, prefix: FieldPath = []): readonly FieldProblem[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const found = valueAt(value, path);
  const shown = found === undefined ? {} : { value: showValue(found) };
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = knownKeys(schemasAt(schema, value, path));
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: "is not a known field",
        value: showValue(valueAt(value, [...path, key])),
        ...meant("field", key, known),
      }));
    }
    case "invalid_union": {
      const branch = issue.errors.length > 0 ? meantBranch(issue.errors) : undefined;
      if (branch !== undefined) return branch.flatMap((inner) => describeIssue(inner, schema, value, path));
      const names = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      if (names.length > 0)
        return found === undefined
          ? [{ path, message: "is missing", fix: `one of: ${names.join(", ")}` }]
          : [{ path, message: "is not known", ...shown, ...meant("value", found, names) }];
      const forms = issue.errors.flatMap((errors) =>
        errors.flatMap((inner) => (inner.code === "invalid_type" && inner.path.length === 0 ? [expectation(inner.expected)] : [])),
      );
      const wanted = [...new Set(forms)].join(" or ");
      return [
        found === undefined ? { path, message: "is missing", fix: `write ${wanted}` } : { path, message: `must be ${wanted}`, ...shown },
      ];
    }
    case "invalid_value": {
      const options = issue.values.map(String);
      if (found === undefined) return [{ path, message: "is missing", fix: `one of: ${options.join(", ")}` }];
      return [{ path, message: "is not one of the possible values", ...shown, ...meant("value", found, options) }];
    }
    case "invalid_type":
      if (found === undefined) return [{ path, message: "is missing", fix: `write ${expectation(issue.expected)}` }];
      return [{ path, message: `must be ${expectation(issue.expected)}`, ...shown }];
    case "too_small":
      return [
        { path, message: `must ${sizeWord(issue.origin)} ${issue.inclusive === true ? "at least" : "above"} ${issue.minimum}`, ...shown },
      ];
    case "too_big":
      return [
        { path, message: `must ${sizeWord(issue.origin)} ${issue.inclusive === true ? "at most" : "below"} ${issue.maximum}`, ...shown },
      ];
    case "invalid_format":
      return [
        {
          path,
          message: issue.message.startsWith("Invalid") ? `does not match ${issue.pattern ?? issue.format}` : `must be ${issue.message}`,
          ...shown,
        },
      ];
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return [{ path, message: issue.message, ...shown }];
  }
}

function meant(part: "field" | "value", written: unknown, known: readonly string[]): Pick<FieldProblem, "fix" | "meant"> {
  const name = typeof written === "string" ? written : "";
  const near = nearName(name, known);
  return { fix: suggestName(name, known), ...(near === undefined ? {} : { meant: { part, name: near } }) };
}

/** The branch of a union that the writer meant: one that at least has the right type, with the fewest complaints. */
function meantBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const rank = (issues: readonly z.core.$ZodIssue[]) =>
    issues.filter((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys").length * 1000 + issues.length;
  const ranked = [...branches].sort((left, right) => rank(left) - rank(right));
  const best = ranked[0];
  return best !== undefined && rank(best) < 1000 ? best : undefined;
}

/** The schemas that could stand at a path, with wrappers taken off and unions spread; branches of another discriminator are left out. */
function schemasAt(schema: z.core.$ZodType, value: unknown, path: FieldPath): readonly z.core.$ZodType[] {
  const options = spread(schema, value);
  const [step, ...rest] = path;
  if (step === undefined) return options;
  return options.flatMap((option) => {
    const inner =
      option instanceof z.ZodObject
        ? readShape(option)[String(step)]
        : option instanceof z.ZodArray
          ? option.element
          : option instanceof z.ZodRecord
            ? option.valueType
            : undefined;
    return inner === undefined ? [] : schemasAt(inner, valueAt(value, [step]), rest);
  });
}

function spread(schema: z.core.$ZodType, value: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return spread(schema.unwrap(), value);
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.flatMap((option) => spread(option, value));
    const fitting = options.filter((option) => fitsLiterals(option, value));
    return fitting.length > 0 ? fitting : options;
  }
  return [schema];
}

function fitsLiterals(schema: z.core.$ZodType, value: unknown): boolean {
  if (!(schema instanceof z.ZodObject)) return typeof value !== "object";
  return Object.entries(readShape(schema)).every(
    ([key, member]) => !(member instanceof z.ZodLiteral) || member.safeParse(valueAt(value, [key])).success,
  );
}

function readShape(schema: z.ZodObject): Readonly<Record<string, z.core.$ZodType>> {
  return schema.shape;
}

function knownKeys(schemas: readonly z.core.$ZodType[]): readonly string[] {
  return [...new Set(schemas.flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])))];
}

/**
 * A copy in which what is misspelt is spelt as it was meant, so that one slip does not hide what else is wrong. For
 * looking for more problems only: nobody is ever given the copy.
 */
export function spellAsMeant(value: unknown, problems: readonly FieldProblem[]): unknown {
  return problems.reduce(
    (current, problem) => (problem.meant === undefined ? current : respell(current, problem.path, problem.meant)),
    value,
  );
}

function respell(value: unknown, path: FieldPath, correction: NonNullable<FieldProblem["meant"]>): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return correction.name;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => (index === step ? respell(entry, rest, correction) : entry));
  if (typeof value !== "object" || value === null) return value;
  const renamed = rest.length === 0 && correction.part === "field";
  if (renamed && Object.hasOwn(value, correction.name)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]: [string, unknown]) => {
      if (key !== String(step)) return [key, member];
      return renamed ? [correction.name, member] : [key, respell(member, rest, correction)];
    }),
  );
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((current, step) => {
    if (typeof current !== "object" || current === null) return undefined;
    return Object.hasOwn(current, step) ? Reflect.get(current, step) : undefined;
  }, value);
}

/** A value as JSON, cut after sixty characters. */
export function showValue(value: unknown): string {
  const text =
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function expectation(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    int: "a whole number",
    number: "a number",
    string: "a text",
    boolean: "true or false",
    array: "a list",
    object: "fields of its own (a mapping)",
    record: "names with values (a mapping)",
  };
  return words[expected] ?? expected;
}

function sizeWord(origin: string): string {
  return origin === "array" || origin === "set" ? "have entries:" : origin === "string" ? "have characters:" : "be";
}
