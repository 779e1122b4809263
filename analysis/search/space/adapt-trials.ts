import { LadderError } from "../../study/ladder-error.ts";
import { prepareSpace } from "./prepare-space.ts";
import type { SearchSpace, SearchValue, SearchValues } from "./search-space.ts";

/**
 * Trials of a space as trials of a changed one; none is lost. A new parameter gets the value that it had before: its fixed one, else the
 * centre that the new space declares. What the new space does not have is dropped. Values outside a narrowed range stay as they
 * are: they teach a model, and are suggested no more.
 *
 * @throws LadderError `input` SPACE_CHANGE_UNREADABLE where a parameter whose trials have words is now a number;
 *   SPACE_INVALID and SPACE_INFEASIBLE as `prepareSpace`
 */
export function adaptTrials<Trial extends { readonly values: SearchValues }>(
  trials: readonly Trial[],
  from: SearchSpace,
  to: SearchSpace,
): readonly Trial[] {
  const space = prepareSpace(to);
  const fixed: Record<string, SearchValue> = {};
  for (const parameter of from.parameters) if (parameter.kind === "fixed") fixed[parameter.name] = parameter.value;
  const numbers = to.parameters.filter(({ kind }) => kind === "numeric" || kind === "context").map(({ name }) => name);
  return trials.map((trial) => {
    const values = space.adopt({ ...fixed, ...trial.values });
    for (const name of numbers) assertNumber(name, values[name]);
    return { ...trial, values };
  });
}

function assertNumber(name: string, value: SearchValue | undefined): void {
  if (value === undefined || typeof value === "number") return;
  throw new LadderError(
    "input",
    "SPACE_CHANGE_UNREADABLE",
    `${name} is a number in the new space, and ${JSON.stringify(value)} in a trial of the old one`,
    {
      fields: { parameter: name, value },
      hint: "give the new parameter another name; the old trials then stand at its centre",
    },
  );
}
