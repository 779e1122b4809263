import { placesOf, type PlacedTrial } from "../../models/trial-data.ts";
import type { Surrogates } from "../../models/surrogates.ts";

/** A trial that no other one of equal or lower cost is believed to beat. */
export interface FrontMember {
  readonly placed: PlacedTrial;
  readonly logCost: number;
  /** Believed loss without noise, as a target of the loss model. */
  readonly level: number;
}

/** The front of loss and cost by what is believed of the trials, not by their lucky readings; by rising cost and falling loss. */
export interface Front {
  readonly members: readonly FrontMember[];
  /** Greatest believed loss of any trial: what there is below the front's first cost. */
  readonly worst: number;
}

/** Finds the front among the trials whose cost is known. */
export function findFront(models: Surrogates, finished: readonly PlacedTrial[]): Front {
  const costed = finished.filter(({ logCost }) => Number.isFinite(logCost));
  const means = new Float64Array(costed.length);
  models.loss.predict(placesOf(costed).values, costed.length, means, new Float64Array(costed.length));
  const all = costed.map((placed, index) => ({ placed, logCost: placed.logCost, level: means[index] ?? 0 }));
  all.sort((left, right) => left.logCost - right.logCost || left.level - right.level);
  const members: FrontMember[] = [];
  let worst = -Infinity;
  for (const member of all) {
    worst = Math.max(worst, member.level);
    const last = members.at(-1);
    if (last === undefined || member.level < last.level) members.push(member);
  }
  return { members, worst };
}

/** Least believed loss at a cost of at most exp(logCost); the worst of all trials where the front has not begun. */
export function levelAt({ members, worst }: Front, logCost: number): number {
  let level = worst;
  for (const member of members) {
    if (member.logCost > logCost) break;
    level = member.level;
  }
  return level;
}
