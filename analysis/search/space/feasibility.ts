import { type RandomStream, randomStream } from "../../numerics/random-stream.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { PreparedSpace } from "./prepared-space.ts";
import type { SearchSpace } from "./search-space.ts";

/** Draws in which a space shows that it holds anything. */
const feasibilityDraws = 256;

/**
 * Draws a space until something legal is found, whatever the context.
 *
 * @param make prepares a space with other constraints, to find those that cannot be met alone
 * @throws LadderError `input` SPACE_INFEASIBLE when no draw can be made legal
 */
export function assertFeasible(space: PreparedSpace, make: (space: SearchSpace) => PreparedSpace): void {
  if (space.space.constraints.length === 0) return;
  const random = randomStream(0, "space", "feasibility");
  const contexts = space.space.parameters.filter((parameter) => parameter.kind === "context");
  const isFeasible = (candidate: PreparedSpace): boolean => {
    for (let draw = 0; draw < feasibilityDraws; draw += 1) {
      const context = Object.fromEntries(contexts.map((parameter) => [parameter.name, numberIn(parameter, random)]));
      if (
        candidate.decode(
          Float64Array.from(candidate.dimensions, () => random.uniform()),
          context,
        ) !== null
      )
        return true;
    }
    return false;
  };
  if (isFeasible(space)) return;
  const { constraints } = space.space;
  const alone = constraints.filter((constraint) => !isFeasible(make({ ...space.space, constraints: [constraint] })));
  throw infeasible(alone.length > 0 ? alone : constraints, "");
}

function numberIn({ from, to }: { readonly from: number; readonly to: number }, random: RandomStream): number {
  return from + random.uniform() * (to - from);
}

/** The error of constraints that leave nothing. @param where under which context, or empty */
export function infeasible(texts: readonly string[], where: string): LadderError {
  return new LadderError("input", "SPACE_INFEASIBLE", `${where}no values were found that meet ${texts.join(" and ")}`, {
    fields: { constraints: texts },
    hint: "widen the ranges or loosen the steps of its parameters",
  });
}
