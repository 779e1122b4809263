import { exp, log } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { Law } from "./contract.ts";

/** A model told as a simpler one of the same output. Plain JSON. */
export interface EquivalentInput {
  readonly input: string;
  readonly reference: Readonly<Record<string, number>>;
  /** Value of the input at which the reference has the same output; null where there is none within a factor of 1e9. */
  readonly value: number | null;
  readonly words: string;
}

/** ln of the farthest that is looked on either side. */
const farthest = 20.7;
const bisections = 60;

/**
 * Effective parameter count and its like: where the law's reference model, such as a dense one, has the output that the law predicts at
 * `at` (Clark et al. 2022, arXiv:2202.01169, section 5). By bisection, for outputs that fall with the input. At the reference itself it is
 * the input, exactly.
 *
 * @param coordinates parameters of the law in search coordinates
 * @param at values of all inputs
 * @throws LadderError `input` EQUIVALENT_UNKNOWN for a law that compares with nothing; INPUT_MISSING when an input has no value
 */
export function equivalentInput(law: Law, coordinates: Float64Array, at: Readonly<Record<string, number>>): EquivalentInput {
  const { equivalent } = law;
  if (equivalent === undefined)
    throw new LadderError("input", "EQUIVALENT_UNKNOWN", `${law.id} does not compare models with simpler ones`, {
      fields: { law: law.id },
    });
  const { input, reference } = equivalent;
  const missing = law.inputs.filter(({ name }) => at[name] === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new LadderError("input", "INPUT_MISSING", `${law.id} also depends on ${missing.join(", ")}`, {
      fields: { law: law.id, missing },
      hint: `give --at ${missing.map((name) => `${name}=…`).join(",")}`,
    });
  const own = at[input] ?? 0;
  const others = Object.entries(reference);
  const told = others.map(([name, value]) => `${name} = ${value}`).join(", ");
  if (others.every(([name, value]) => at[name] === value)) return { input, reference, value: own, words: `this is ${told} itself` };

  const predicted = (values: Readonly<Record<string, number>>): number => {
    const columns = Object.fromEntries(law.inputs.map(({ name }) => [name, new Float64Array([values[name] ?? 0])]));
    const prediction = new Float64Array(1);
    law.prepare(columns).predict(coordinates, prediction);
    return prediction[0] ?? Number.NaN;
  };
  const target = predicted(at);
  const excess = (logValue: number): number => predicted({ ...at, ...reference, [input]: exp(logValue) }) - target;
  let [low, high] = [log(own) - farthest, log(own) + farthest];
  if (!(excess(low) >= 0 && excess(high) <= 0))
    return { input, reference, value: null, words: `no ${input} within a factor of 1e9 has the same ${law.output.name} at ${told}` };
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (excess(middle) >= 0) low = middle;
    else high = middle;
  }
  const value = exp((low + high) / 2);
  const valueText = value.toPrecision(4).replace("e+", "e");
  const words =
    value >= own
      ? `as good as ${input} = ${valueText} at ${told}`
      : `worse than its own ${input} at ${told}, which has the same ${law.output.name} at ${valueText} already: past where it helps`;
  return { input, reference, value, words };
}
