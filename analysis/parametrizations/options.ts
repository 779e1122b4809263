import { LadderError } from "../study/ladder-error.ts";
import type { ChosenOptions, OptionDefinition, ParametrizationDefinition } from "./contract.ts";

/**
 * Reads `alpha=0.5,epsilon=all` against a definition's options; what is left out has its default.
 *
 * @throws LadderError `input` PARAMETRIZATION_OPTION_INVALID with what is allowed
 */
export function readOptions(definition: ParametrizationDefinition, written: string): ChosenOptions {
  const values = new Map(definition.options.map((option) => [option.name, option.defaultValue]));
  for (const part of written === "" ? [] : written.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const option = definition.options.find((candidate) => candidate.name === name);
    if (option === undefined || !isAllowed(option, value)) throw refusal(definition, option, name, value);
    values.set(name, value);
  }
  const word = (name: string): string => {
    const value = values.get(name);
    if (value === undefined)
      throw new LadderError("defect", "OPTION_UNDECLARED", `${definition.id} reads an option "${name}" that it does not declare`);
    return value;
  };
  return { word, number: (name) => Number(word(name)) };
}

/** `alpha=0.5 to 1 (1)` or `epsilon=none|hidden|per-role (none)`. */
export function describeOption({ name, allowed, defaultValue }: OptionDefinition): string {
  return `${name}=${"from" in allowed ? `${allowed.from} to ${allowed.to}` : allowed.join("|")} (${defaultValue})`;
}

function isAllowed({ allowed }: OptionDefinition, value: string): boolean {
  if (!("from" in allowed)) return allowed.includes(value);
  const number = Number(value);
  return value !== "" && Number.isFinite(number) && number >= allowed.from && number <= allowed.to;
}

function refusal(definition: ParametrizationDefinition, option: OptionDefinition | undefined, name: string, value: string): LadderError {
  const message =
    option === undefined
      ? `${definition.id} has no option "${name}"`
      : `${definition.id}: ${name} is "${value}", but must be ${describeOption(option).replace(`${name}=`, "")}`;
  const hint =
    definition.options.length === 0
      ? `${definition.id} has no options`
      : `its options: ${definition.options.map(describeOption).join("; ")}`;
  return new LadderError("input", "PARAMETRIZATION_OPTION_INVALID", message, {
    fields: { parametrization: definition.id, option: name, value },
    hint,
  });
}
