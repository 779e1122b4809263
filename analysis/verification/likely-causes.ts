import { significant } from "../study/number-words.ts";
import type { ResolvedRun } from "../study/run-key.ts";
import type { TensorRow } from "../study/trainer-contract.ts";

/** A factor of a rule as people write it: 1/16, 4, 1/√2 apart from rounding, else three digits. */
export function factorWords(factor: number): string {
  const whole = (value: number): boolean => value >= 1 && near(value, Math.round(value), 1e-9);
  if (whole(factor)) return String(Math.round(factor));
  if (factor > 0 && whole(1 / factor)) return `1/${Math.round(1 / factor)}`;
  if (whole(factor * factor)) return `√${Math.round(factor * factor)}`;
  if (factor > 0 && whole(1 / (factor * factor))) return `1/√${Math.round(1 / (factor * factor))}`;
  return significant(factor);
}

export function near(left: number, right: number, tolerance: number): boolean {
  return Math.abs(left - right) <= tolerance * Math.abs(right);
}

/** The learning rate that the rule's factors multiply: the hyperparameter, or the largest of the table where there is none. */
export function baseLearningRate(run: Pick<ResolvedRun, "hyperparameters" | "tensors">): number {
  const given = run.hyperparameters["learningRate"];
  return given !== undefined && given > 0 ? given : Math.max(0, ...run.tensors.map((row) => row.learningRate));
}

/**
 * What a group's rate that is `ratio` times the resolved one, against the other groups, looks like.
 *
 * @param factor the group's own factor on the base learning rate
 * @param others factors of the other groups by name
 */
export function groupFactorCause(ratio: number, factor: number, others: ReadonlyMap<string, number>): string {
  const text = factorWords(factor);
  const tolerance = 1e-3;
  if (factor !== 1 && near(ratio, 1 / factor, tolerance)) return `as if its factor ${text} had been dropped`;
  if (factor !== 1 && near(ratio, factor, tolerance)) return `as if its factor ${text} had been applied twice`;
  if (factor !== 1 && near(ratio, 1 / Math.sqrt(factor), tolerance))
    return `as if ${factorWords(Math.sqrt(factor))} had been used in place of its factor ${text}`;
  if (factor !== 1 && near(ratio, 1 / (factor * factor), tolerance)) return `as if its factor ${text} had been inverted`;
  for (const [name, other] of others)
    if (near(ratio * factor, other, tolerance)) return `as if it had been put in the group of ${name} (factor ${factorWords(other)})`;
  return `a factor ${significant(ratio)} that no rule of this run explains`;
}

/**
 * How a tensor may have come to be drawn with another deviation: the default of a framework, or a factor of the rule that
 * is missing or was applied twice.
 *
 * @param used measured RMS of the tensor
 * @param expected RMS by initStd and initMean
 * @param tolerance relative, of the measurement
 * @param multipliers factors that the run's rules use, each above 1
 * @param depth of the run
 */
export function initialDeviationCause(
  row: TensorRow,
  { used, expected, tolerance }: { readonly used: number; readonly expected: number; readonly tolerance: number },
  multipliers: readonly number[],
  depth: number,
): string {
  if (used === 0) return "as if it had been set to zero";
  if (expected === 0) return `it should start at zero and was drawn with RMS ${significant(used)}`;
  const ratio = used / expected;
  for (const multiplier of multipliers) {
    const rules: readonly (readonly [number, string])[] = [
      [multiplier, factorWords(1 / multiplier)],
      [Math.sqrt(multiplier), factorWords(1 / Math.sqrt(multiplier))],
    ];
    for (const [factor, words] of rules) {
      if (near(ratio, factor, tolerance)) return `as if a factor ${words} on its deviation had been dropped`;
      if (near(ratio, 1 / factor, tolerance)) return `as if a factor ${words} on its deviation had been applied once too often`;
    }
  }
  if (row.initMean !== 0) return "as if its mean or its deviation were others";
  const found = initializers(row, depth).find(([, deviation]) => near(used, deviation, tolerance));
  if (found !== undefined) return `as if it had been drawn by ${found[0]}`;
  return `a factor ${significant(ratio)} on its deviation that no rule of this run explains`;
}

/** Deviations that frameworks and papers give a tensor by themselves. */
function initializers(row: TensorRow, depth: number): readonly (readonly [string, number])[] {
  const { fanIn, fanOut } = row;
  return [
    ["PyTorch's default for linear layers, 1/√(3 fan-in)", 1 / Math.sqrt(3 * fanIn)],
    ["1/√fan-in (LeCun)", 1 / Math.sqrt(fanIn)],
    ["√(2/fan-in) (He)", Math.sqrt(2 / fanIn)],
    ["√(2/(fan-in + fan-out)) (Xavier)", Math.sqrt(2 / (fanIn + fanOut))],
    ["N(0, 1), PyTorch's default for embeddings", 1],
    ["the constant 0.02 (GPT-2)", 0.02],
    ["0.02/√(2 depth) (GPT-2's residual projections)", 0.02 / Math.sqrt(2 * depth)],
    ["1/√(2 depth) on top of its deviation", row.initStd / Math.sqrt(2 * depth)],
  ];
}

/** The first names of a list, and how many more there are. */
export function namesWords(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
