import { distance } from "fastest-levenshtein";

/** Up to three of `names` that a misspelt `name` may have meant: part of one another, or at most a third of it edited. */
export function nearestNames(name: string, names: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase();
  return names
    .map((candidate) => {
      const other = candidate.toLowerCase();
      const contained = wanted !== "" && (other.includes(wanted) || wanted.includes(other));
      return { candidate, edits: contained ? 0 : distance(wanted, other) };
    })
    .filter(({ edits }) => edits <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((left, right) => left.edits - right.edits || (left.candidate < right.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** The known name that a misspelt one most likely means; undefined when none is near (two letters in a short name, a third in a long one). */
export function nearName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
  const best = ranked[0];
  const length = Math.max(name.length, best?.candidate.length ?? 0);
  return best !== undefined && best.edits <= Math.max(length > 3 ? 2 : 1, Math.floor(length / 3)) ? best.candidate : undefined;
}

/** "did you mean learningRate?", or the known names when none is near. */
export function suggestName(name: string, known: readonly string[]): string {
  const near = nearName(name, known);
  return near === undefined ? `one of: ${known.join(", ")}` : `did you mean ${near}?`;
}
