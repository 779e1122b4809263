import { LadderError } from "../study/ladder-error.ts";
import { scaleAxes, type Scale, type ScaleAxis } from "../study/scale.ts";
import { sameFamily, type Basin } from "../transfer/basins.ts";

export interface FamilyQuestion {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly target: Scale;
  /** Values of other swept hyperparameters. */
  readonly heldConstant: Readonly<Record<string, number>>;
}

/**
 * The basins that speak for a target: one parametrization, swept, everything off the axis constant and, where there is a
 * choice, equal to the target's.
 *
 * @returns by rising axis value, all of one family
 * @throws LadderError `missing` PARAMETRIZATION_NOT_SWEPT when nothing was swept under that name
 * @throws LadderError `input` FAMILY_AMBIGUOUS when several families remain, naming what they differ in
 */
export function chooseFamily(basins: readonly Basin[], question: FamilyQuestion): readonly Basin[] {
  const own = basins.filter((basin) => basin.parametrization === question.parametrization);
  const families = familiesOf(own)
    .filter((family) => family.some((basin) => basin.isSweep))
    .filter(([member]) => Object.entries(question.heldConstant).every(([name, value]) => member?.heldConstant[name] === value));
  if (families.length === 0) {
    const known = [...new Set(basins.filter((basin) => basin.isSweep).map((basin) => basin.parametrization))];
    throw new LadderError(
      "missing",
      "PARAMETRIZATION_NOT_SWEPT",
      `${question.hyperparameter} was not swept along ${question.axis} under ${question.parametrization}`,
      {
        fields: { parametrization: question.parametrization, heldConstant: question.heldConstant },
        hint: known.length === 0 ? "nothing was swept: run a sweep first" : `swept: ${known.join(", ")}`,
      },
    );
  }
  const likeTarget = families.filter(([member]) =>
    scaleAxes.every((name) => name === question.axis || member?.heldConstant[name] === question.target[name]),
  );
  const candidates = likeTarget.length > 0 ? likeTarget : families;
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return [...only].sort((left, right) => left.axisValue - right.axisValue);
  const names = Object.keys(candidates[0]?.[0]?.heldConstant ?? {}).filter(
    (name) => new Set(candidates.map(([member]) => member?.heldConstant[name])).size > 1,
  );
  throw new LadderError(
    "input",
    "FAMILY_AMBIGUOUS",
    `the sweep has ${candidates.length} families of basins under ${question.parametrization}: they differ in ${names.join(", ")}`,
    {
      fields: { families: candidates.map(([member]) => member?.heldConstant) },
      hint: `say which ${names.join(", ")} to hold constant`,
    },
  );
}

function familiesOf(basins: readonly Basin[]): readonly (readonly Basin[])[] {
  const families: Basin[][] = [];
  for (const basin of basins) {
    const family = families.find(([member]) => member !== undefined && sameFamily(member, basin));
    if (family === undefined) families.push([basin]);
    else family.push(basin);
  }
  return families;
}
