import type { FitRows } from "./contract.ts";
import { selectRows } from "./row-selection.ts";

/** Every k-th row, so that at most `most` are left; the rows themselves when they are no more than that. */
export function thinRows(rows: FitRows, most: number): FitRows {
  const count = rows.output.length;
  const stride = Math.ceil(count / most);
  if (stride <= 1) return rows;
  return selectRows(
    rows,
    Array.from({ length: Math.ceil(count / stride) }, (_, index) => index * stride),
  );
}
