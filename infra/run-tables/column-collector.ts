import type { Cell } from "../../analysis/expressions/cell.ts";

/** Columns in the order in which they come up, and the cells of each record in that order. */
export class ColumnCollector {
  readonly #indexOf = new Map<string, number>();

  get columns(): readonly string[] {
    return [...this.#indexOf.keys()];
  }

  /** The cells of one record; what it lacks is null. */
  cells(entries: Iterable<readonly [string, Cell]>): readonly Cell[] {
    const cells: Cell[] = [];
    for (const [name, cell] of entries) {
      const index = this.#indexOf.get(name) ?? this.#indexOf.size;
      this.#indexOf.set(name, index);
      while (cells.length < index) cells.push(null);
      cells[index] = cell;
    }
    return cells;
  }
}

/** Members of nested objects by their path, `config.optimizer.lr`; a list is one cell, its JSON text. */
export function flatten(value: Readonly<Record<string, unknown>>, prefix = ""): readonly (readonly [string, Cell])[] {
  return Object.entries(value).flatMap(([key, member]): readonly (readonly [string, Cell])[] => {
    const name = `${prefix}${key}`;
    if (member === null || member === undefined) return [[name, null]];
    if (typeof member === "string" || typeof member === "number" || typeof member === "boolean") return [[name, member]];
    return isObject(member) ? flatten(member, `${name}.`) : [[name, JSON.stringify(member)]];
  });
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
