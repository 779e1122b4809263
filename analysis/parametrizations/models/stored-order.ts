import { parseName } from "./parameter-names.ts";

/** A parameter as a program lists it. */
export interface NamedShape {
  readonly name: string;
  /** May be empty: one number. */
  readonly shape: readonly number[];
}

/** How the dimensions of a parameter lie in [fanOut, fanIn, ...kernel] or [rows, width]. */
export interface StoredOrder {
  /** Takes a list a dimension (sizes, base sizes) into Ladder's order. */
  readonly reorder: <Entry>(entries: readonly Entry[]) => readonly Entry[];
  /** What was done, for the reason shown; empty when it is stored so. */
  readonly note: string;
}

const unchanged: StoredOrder = { reorder: (entries) => entries, note: "" };

/**
 * Finds parameters that are not stored [fanOut, fanIn]: Flax's kernels [...kernel, fanIn, fanOut]; the Conv1D of
 * transformers' GPT-2, [fanIn, fanOut], known by a c_attn that is three times as wide as high; and leading dimensions
 * of 1, as timm's tables have.
 */
export function storedOrders(tensors: readonly NamedShape[]): readonly StoredOrder[] {
  const usesConv1D = tensors.some(
    ({ name, shape }) => /c_attn\.weight$/.test(name) && shape.length === 2 && shape[1] === 3 * (shape[0] ?? 0),
  );
  return tensors.map(({ name, shape }) => {
    const { suffix } = parseName(name);
    if (suffix === "kernel" && shape.length >= 2)
      return {
        reorder: (entries) => [...entries.slice(-1), ...entries.slice(-2, -1), ...entries.slice(0, -2)],
        note: "stored [fanIn, fanOut]",
      };
    if (usesConv1D && shape.length === 2 && /\.(c_attn|c_proj|c_fc)\.weight$/.test(name))
      return { reorder: (entries) => entries.toReversed(), note: "stored [fanIn, fanOut], as transformers' Conv1D" };
    const leading = shape.length === 3 ? shape.findIndex((size) => size !== 1) : 0;
    if (leading > 0) {
      const dropped = Math.min(leading, shape.length - 2);
      return { reorder: (entries) => entries.slice(dropped), note: "without its leading dimension of 1" };
    }
    return unchanged;
  });
}
