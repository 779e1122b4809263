import type { TensorRole } from "../../study/trainer-contract.ts";
import type { NameHint, ParsedName } from "./parameter-names.ts";

/** Base dimensions of a parameter in the words of mup: null is finite, a number infinite and its size at the base. */
export type BaseDimensions = readonly (number | null)[];

/** A role with what decided it. `certain`: the dimensions alone; `likely`: a habit of names; `unsure`: neither, a way of speaking. */
export interface RoleDecision {
  readonly role: TensorRole;
  readonly lookup: boolean;
  readonly reason: string;
  readonly confidence: "certain" | "likely" | "unsure";
  /** The module, where it is another than the name says. */
  readonly module?: string;
}

/** Experts are chosen by a gate, which many programs call as they call the gate of a feed-forward. */
export const routerModule = "feedForward.router";

/** Why no role could be found, and what would tell. */
export interface RoleRefusal {
  readonly refusal: string;
  readonly fix: string;
}

/**
 * The role of a parameter by mup's rule, the number of its infinite dimensions (microsoft/mup 1981497, infshape.py and
 * optim.py): two make a hidden tensor, none a scalar. With one, mup treats all alike; which of input and output it is
 * follows from the place of the infinite dimension in [fanOut, fanIn, ...kernel], and for [finite, infinite], which a table
 * [rows, width] shares with a readout, from the name.
 *
 * @param base in the order [fanOut, fanIn, ...kernel] or [rows, width]
 */
export function roleByInfiniteDimensions(base: BaseDimensions, parsed: ParsedName, hint: NameHint): RoleDecision | RoleRefusal {
  const infinite = base.flatMap((size, axis) => (size === null ? [] : [axis]));
  const count = `${infinite.length} of ${base.length} dimensions grow`;
  const isTable = hint.kind === "table" || hint.kind === "token";
  if (infinite.length === 0) return { role: "scalar", lookup: false, reason: "no dimension grows", confidence: "certain" };
  if (base.length === 1) return roleOfVector(parsed, hint);
  if (infinite.some((axis) => axis > 1))
    return {
      refusal: `dimension ${infinite.at(-1) ?? 0} grows, which is part of a kernel or a stack`,
      fix: "list the tensor with its role",
    };
  if (isTable && base[0] !== null)
    return { refusal: `"${hint.word}" is a table, but its rows grow`, fix: "give both models the same vocabulary and sequence length" };
  if (infinite.length === 2) return { role: "hidden", lookup: false, reason: count, confidence: "certain" };
  if (infinite[0] === 0) return { role: "input", lookup: false, reason: `${count}: the fan-out`, confidence: "certain" };
  if (isTable) return { role: "input", lookup: true, reason: `${count}; "${hint.word}" is a table`, confidence: "likely" };
  const isGate = hint.module === "feedForward.gate";
  if (hint.kind === "readout" || hint.kind === "router" || isGate)
    return {
      role: "output",
      lookup: false,
      reason: `${count}: the fan-in; "${hint.word}" is no table`,
      confidence: "likely",
      ...(isGate ? { module: routerModule } : {}),
    };
  return {
    refusal: "its last dimension alone grows: a table [rows, width] and a readout [fanOut, fanIn] look alike, and its name does not tell",
    fix: "list the tensor with its role, or name it like an embedding or a readout",
  };
}

/** Bias or gain, of which the dimensions say only that it is a vector. */
export function roleOfVector(parsed: ParsedName, hint: NameHint): RoleDecision | RoleRefusal {
  const decide = (role: TensorRole, reason: string, confidence: RoleDecision["confidence"] = "likely"): RoleDecision => ({
    role,
    lookup: false,
    reason,
    confidence,
  });
  if (hint.kind === "token") return { role: "input", lookup: true, reason: `"${hint.word}" is a table of one row`, confidence: "likely" };
  if (parsed.suffix === "bias") return decide("bias", "a vector called bias");
  if (hint.kind === "norm" || hint.kind === "headNorm") return decide("normGain", `a vector of the norm "${hint.word}"`);
  if (parsed.suffix === "weight") return decide("normGain", "a vector called weight, as only norms have", "unsure");
  return { refusal: "a vector whose name says neither bias nor norm", fix: "list the tensor with its role" };
}
