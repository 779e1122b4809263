import { distance } from "fastest-levenshtein";

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
