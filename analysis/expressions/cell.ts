/**
 * What a name in an expression stands for: one cell of a file, the value of one parameter. Text is as it stands there: `readNumber`
 * says whether it is a number.
 */
export type Cell = number | string | boolean | null;

/** Why a cell is not a finite number. */
export type NumberProblem = "missing" | "notANumber" | "nan" | "infinite";

const missingWords = new Set(["", "na", "n/a", "null", "none"]);
const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A cell as a double, or why it is none. Empty text, `NA`, `null` and `None` are missing; `nan` and `inf` are told apart from
 * text that is no number. Whole numbers beyond 2^53 become the nearest double.
 */
export function readNumber(cell: Cell | undefined): number | NumberProblem {
  if (cell === undefined || cell === null) return "missing";
  if (typeof cell === "boolean") return "notANumber";
  const text = typeof cell === "number" ? "" : cell.trim();
  if (typeof cell === "string") {
    if (missingWords.has(text.toLowerCase())) return "missing";
    if (/^[+-]?nan$/i.test(text)) return "nan";
    if (/^[+-]?inf(inity)?$/i.test(text)) return "infinite";
    if (!numberPattern.test(text)) return "notANumber";
  }
  const value = typeof cell === "number" ? cell : Number(text);
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? value : "infinite";
}

/** A cell as text for keys and comparisons; null where it is missing. Numbers that are the same double have the same text. */
export function cellText(cell: Cell | undefined): string | null {
  if (cell === undefined || cell === null) return null;
  const value = readNumber(cell);
  if (typeof value === "number") return String(value === 0 ? 0 : value);
  return value === "missing" ? null : String(cell).trim();
}
