import { assertInvariant, LadderError, type Problem } from "../../study/ladder-error.ts";
import type { FamilyParameters, ModelFamily, ModelParameter, ParameterValue } from "./contract.ts";

/** Parameters as a user gives them: values, or their text from a command line. */
export type GivenParameters = Readonly<Record<string, ParameterValue>>;

/** Parameter values by name, all of a family's. */
export type ParameterValues = Readonly<Record<string, ParameterValue | null>>;

/**
 * A family's parameters with defaults filled in. Texts are read as what the parameter is: "8", "true".
 *
 * @throws LadderError `input` MODEL_PARAMETER_INVALID with every parameter that is unknown or of the wrong kind
 */
export function fillParameters(family: ModelFamily, given: GivenParameters): ParameterValues {
  const known = family.parameters.map(({ name }) => name);
  const problems: Problem[] = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: name,
      message: `is no parameter of ${family.id}`,
      value: JSON.stringify(given[name]),
      fix: known.length === 0 ? "leave it out" : `one of: ${known.join(", ")}`,
    }));
  const values = new Map<string, ParameterValue | null>();
  for (const parameter of family.parameters) {
    const written = given[parameter.name];
    const value = written === undefined ? parameter.defaultValue : readValue(parameter, written);
    if (value === undefined)
      problems.push({
        path: parameter.name,
        message: `must be ${describeKind(parameter)}`,
        value: JSON.stringify(written),
        fix: parameter.meaning,
      });
    else values.set(parameter.name, value);
  }
  if (problems.length > 0) throw parametersInvalid(family, problems);
  return Object.fromEntries(values);
}

/** Problems of parameters or scale as one error. */
export function parametersInvalid(family: ModelFamily, problems: readonly Problem[]): LadderError {
  const found = problems.map(({ path, message, value }) => `${path} ${value === undefined ? "" : `${value} `}${message}`).join("; ");
  return new LadderError("input", "MODEL_PARAMETER_INVALID", `${family.id} cannot be built: ${found}`, {
    fields: { model: family.id },
    problems,
  });
}

/** Filled values as a family reads them. */
export function parameterReader(values: ParameterValues): FamilyParameters {
  const optionalNumber = (name: string): number | null => {
    const value = values[name];
    assertInvariant(value === null || typeof value === "number", "no such numeric parameter", { name });
    return value;
  };
  return {
    optionalNumber,
    number(name) {
      const value = optionalNumber(name);
      assertInvariant(value !== null, "a parameter without value or default", { name });
      return value;
    },
    flag(name) {
      const value = values[name];
      assertInvariant(typeof value === "boolean", "no such yes-or-no parameter", { name });
      return value;
    },
    word(name) {
      const value = values[name];
      assertInvariant(typeof value === "string", "no such parameter of words", { name });
      return value;
    },
  };
}

/** The value that was meant; undefined when it is of the wrong kind or out of range. */
function readValue(parameter: ModelParameter, written: ParameterValue): ParameterValue | undefined {
  if (parameter.kind === "boolean") {
    if (typeof written === "boolean") return written;
    return written === "true" ? true : written === "false" ? false : undefined;
  }
  if (parameter.kind === "choice") return typeof written === "string" && parameter.choices?.includes(written) ? written : undefined;
  const value = typeof written === "string" && written.trim() !== "" ? Number(written) : written;
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  if (parameter.kind === "integer" && !Number.isSafeInteger(value)) return undefined;
  const { minimum } = parameter;
  const inRange = minimum === undefined ? (parameter.kind === "integer" ? value >= 1 : value > 0) : value >= minimum;
  return inRange ? value : undefined;
}

function describeKind({ kind, choices = [], minimum }: ModelParameter): string {
  if (kind === "boolean") return "true or false";
  if (kind === "choice") return `one of: ${choices.join(", ")}`;
  if (kind === "integer") return `a whole number, at least ${minimum ?? 1}`;
  return minimum === undefined ? "a number above 0" : `a number, at least ${minimum}`;
}
