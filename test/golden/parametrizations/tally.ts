import { expect } from "vitest";

/** Counts what a golden file's numbers were used for, so that none is skipped in silence. */
export class Tally {
  compared = 0;
  readonly #excluded = new Map<string, number>();

  /** Compares one number; a difference of more than `relative` fails. */
  compare(actual: number, expected: number, relative = 1e-9): void {
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
    this.compared += 1;
  }

  /** Notes numbers that are left out on purpose. */
  exclude(numbers: unknown, reason: string): void {
    this.#excluded.set(reason, (this.#excluded.get(reason) ?? 0) + countNumbers(numbers));
  }

  get excluded(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#excluded);
  }

  /** One line for the log: both totals, and why what was left out was. */
  describe(file: string): string {
    const reasons = Object.entries(this.excluded).map(([reason, count]) => `${count} ${reason}`);
    const total = Object.values(this.excluded).reduce((sum, count) => sum + count, 0);
    return `${file}: ${this.compared} values compared, ${total} excluded${reasons.length === 0 ? "" : ` (${reasons.join("; ")})`}`;
  }
}

/** Numbers anywhere in parsed JSON. */
export function countNumbers(json: unknown): number {
  if (typeof json === "number") return 1;
  if (typeof json !== "object" || json === null) return 0;
  return Object.values(json).reduce((sum: number, value: unknown) => sum + countNumbers(value), 0);
}
