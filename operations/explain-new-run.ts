import { differingFields, type RunIdentity } from "../analysis/study/run-key.ts";

/** A stored run that a planned one is compared with. */
export interface StoredIdentity {
  readonly runKey: string;
  readonly identity: RunIdentity;
}

/** Why a planned run is not a stored one: the stored run that is most like it and the fields in which they differ. */
export interface NewRunReason {
  readonly nearest: string | null;
  /** Causes only, list indices as `[*]`; empty when nothing is stored. */
  readonly fields: readonly string[];
  /** Every leaf that differs, as `differingFields` names it. */
  readonly leaves: readonly string[];
}

/** Fields that the resolver computes from the others: named only when no other field explains the difference. */
const derived = /^(tensors|operations|schedule)\b|^scale\.(parameterCount|trainingFlops)/;

/**
 * Compares a planned run with the stored ones, field by field. The nearest is the one that differs in the fewest causes,
 * then in the fewest leaves; ties go to the first.
 */
export function explainNewRun(identity: RunIdentity, stored: readonly StoredIdentity[]): NewRunReason {
  let best: NewRunReason = { nearest: null, fields: [], leaves: [] };
  for (const candidate of stored) {
    const leaves = differingFields(identity, candidate.identity);
    const reason = { nearest: candidate.runKey, fields: causes(leaves), leaves };
    if (best.nearest === null || isLess(reason, best)) best = reason;
  }
  return best;
}

/** The fields a user can act on, each once. */
export function causes(leaves: readonly string[]): readonly string[] {
  const direct = leaves.filter((leaf) => !derived.test(leaf));
  const named = direct.length > 0 ? direct : leaves;
  return [...new Set(named.map((leaf) => leaf.replace(/\[\d+\]/g, "[*]")))];
}

function isLess(left: NewRunReason, right: NewRunReason): boolean {
  return left.fields.length !== right.fields.length ? left.fields.length < right.fields.length : left.leaves.length < right.leaves.length;
}
