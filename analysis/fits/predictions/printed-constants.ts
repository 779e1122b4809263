import { z } from "zod";
import type { Law } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { toCoordinate } from "../coordinates.ts";
import { predictOutput } from "../output-scale.ts";

/** What somebody printed: constants of a law, a place, and the value that they are said to give there. */
export const printedConstantsSchema = z.object({
  law: z.string(),
  /** Natural values; null for a term that is not there. */
  parameters: z.record(z.string(), z.number().nullable()),
  at: z.record(z.string(), z.number()),
  value: z.number(),
});
export type PrintedConstants = z.infer<typeof printedConstantsSchema>;

/** Whether constants give the value beside them. Plain JSON. */
export interface ConstantsCheck {
  readonly printed: number;
  readonly computed: number;
  /** How far the two may be apart for want of printed digits. */
  readonly slack: number;
  readonly matches: boolean;
}

/** Of a value: exponentials and logarithms on the way there and back. */
const rounding = 1e-12;

/**
 * Computes the law from printed constants, and says whether the value beside them can be theirs: within half a unit of the last digit of
 * the value and of every constant. JSON drops zeros at the end, so a constant counts as printed to the digits that are left.
 *
 * @throws LadderError `input` CONSTANTS_INCOMPLETE when a parameter or an input has no value
 */
export function checkPrintedConstants(law: Law, { parameters, at, value }: PrintedConstants): ConstantsCheck {
  const missing = [
    ...law.parameters.filter(({ name }) => parameters[name] === undefined).map(({ name }) => `parameters.${name}`),
    ...law.inputs.filter(({ name }) => at[name] === undefined).map(({ name }) => `at.${name}`),
  ];
  if (missing.length > 0)
    throw new LadderError("input", "CONSTANTS_INCOMPLETE", `${law.id} also needs ${missing.join(", ")}`, {
      fields: { law: law.id, missing },
      hint: `${law.formula}; a term that is not there has the value null`,
    });
  const columns = Object.fromEntries(law.inputs.map(({ name }) => [name, Float64Array.of(at[name] ?? Number.NaN)]));
  const computeWith = (changed: Readonly<Record<string, number>>): number => {
    const coordinates = law.parameters.map((parameter) =>
      toCoordinate(parameter, changed[parameter.name] ?? parameters[parameter.name] ?? 0),
    );
    return predictOutput(law, Float64Array.from(coordinates), columns)[0] ?? Number.NaN;
  };
  const computed = computeWith({});
  const ofConstants = law.parameters.map(({ name }) => {
    const constant = parameters[name];
    if (constant == null) return 0;
    const half = halfUnit(constant);
    return Math.max(...[constant - half, constant + half].map((moved) => Math.abs(computeWith({ [name]: moved }) - computed)));
  });
  const slack = ofConstants.reduce((sum, own) => sum + own, halfUnit(value) + rounding * Math.abs(computed));
  return { printed: value, computed, slack, matches: Math.abs(computed - value) <= slack };
}

/** Half a unit of the last digit of a number as JSON prints it. */
function halfUnit(value: number): number {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  return Number(`5e${Number(exponent) - decimals - 1}`);
}
