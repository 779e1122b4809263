/** Rows of a table that are the same but for numbers in their names, as one. */
export interface CollapsedRow<Row> {
  /** What the row stands under, `blocks.0–31 (32×)`; empty for a row of its own. */
  readonly heading: string;
  /** The rest of the name, or all of it. */
  readonly label: string;
  readonly row: Row;
  readonly count: number;
}

interface Pattern<Row> {
  readonly pieces: readonly string[];
  readonly numbers: (readonly number[])[];
  readonly rows: Row[];
  readonly names: string[];
}

/**
 * Puts together rows whose names differ in whole numbers between dots only, such as `blocks.0.norm` and `blocks.1.norm`, and of
 * which `signature` is the same. Order is that of first rows; what shares a heading stands together.
 */
export function collapseRows<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  signature: (row: Row) => string,
): readonly CollapsedRow<Row>[] {
  const patterns = new Map<string, Pattern<Row>>();
  for (const row of rows) {
    const name = nameOf(row);
    const pieces = name.split(/(?<=^|[./])\d+(?=[./]|$)/);
    const numbers = (name.match(/(?<=^|[./])\d+(?=[./]|$)/g) ?? []).map(Number);
    const key = JSON.stringify([pieces, signature(row)]);
    const pattern = patterns.get(key) ?? { pieces, numbers: [], rows: [], names: [] };
    pattern.numbers.push(numbers);
    pattern.rows.push(row);
    pattern.names.push(name);
    patterns.set(key, pattern);
  }
  const collapsed = [...patterns.values()].flatMap(collapsePattern);
  const headings = [...new Set(collapsed.map(({ heading, label }) => (heading === "" ? `row ${label}` : heading)))];
  return headings.flatMap((wanted) => collapsed.filter(({ heading, label }) => (heading === "" ? `row ${label}` : heading) === wanted));
}

function collapsePattern<Row>({ pieces, numbers, rows, names }: Pattern<Row>): readonly CollapsedRow<Row>[] {
  const positions = pieces.slice(1).map((_, position) => [...new Set(numbers.map((found) => found[position] ?? 0))]);
  const combinations = positions.reduce((product, values) => product * values.length, 1);
  const [first] = rows;
  // Names of which not every combination is there cannot be written as ranges.
  if (first === undefined || rows.length === 1 || combinations !== rows.length)
    return rows.map((row, index) => ({ heading: "", label: names[index] ?? "", row, count: 1 }));
  const [firstRange = []] = positions;
  const heading = `${pieces[0] ?? ""}${rangeText(firstRange)}`;
  const rest = pieces.slice(1).map((piece, index) => {
    const range = positions[index + 1];
    return range === undefined ? piece : `${piece}${rangeText(range)}`;
  });
  const label = rest.join("").replace(/^[./]/, "");
  const inner = combinations / firstRange.length;
  if (label === "") return [{ heading: "", label: `${heading} (${firstRange.length}×)`, row: first, count: rows.length }];
  return [
    {
      heading: firstRange.length === 1 ? heading : `${heading} (${firstRange.length}×)`,
      label: inner === 1 ? label : `${label} (${inner}×)`,
      row: first,
      count: rows.length,
    },
  ];
}

/** `0–31`, `0, 2, … 30`, `3`. */
function rangeText(values: readonly number[]): string {
  const [first = 0, second = first] = values;
  const last = values.at(-1) ?? first;
  if (values.length === 1) return String(first);
  const step = second - first;
  if (values.every((value, index) => value === first + index * step)) {
    if (step === 1) return `${first}–${last}`;
    if (values.length > 3) return `{${first}, ${second}, … ${last}}`;
  }
  return `{${values.join(", ")}}`;
}
