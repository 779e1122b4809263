/** A member of a kept document that came out differently. Plain JSON. */
export interface JsonDifference {
  /** For example `parameters.alpha.value`. */
  readonly path: string;
  readonly kept: string;
  readonly recomputed: string;
}

/** Where two values of JSON differ, to the last bit of every number; members that only one has are there too. */
export function jsonDifferences(kept: unknown, recomputed: unknown, path = ""): readonly JsonDifference[] {
  if (Object.is(kept, recomputed)) return [];
  if (isBranch(kept) && isBranch(recomputed) && Array.isArray(kept) === Array.isArray(recomputed)) {
    const [left, right] = [new Map(Object.entries(kept)), new Map(Object.entries(recomputed))];
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
      jsonDifferences(left.get(name), right.get(name), path === "" ? name : `${path}.${name}`),
    );
  }
  return [{ path, kept: text(kept), recomputed: text(recomputed) }];
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  return value === undefined ? "not there" : JSON.stringify(value);
}
