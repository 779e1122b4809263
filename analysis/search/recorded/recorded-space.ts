import { LadderError } from "../../study/ladder-error.ts";
import type { SearchParameter, SearchSpace, SearchValue } from "../space/search-space.ts";
import type { RecordedRun } from "./recorded-run.ts";

/** A column above 0 whose largest value is so many times its smallest has a log axis. */
const spread = 3;

/**
 * The space that recorded runs were made in: each column from its smallest to its largest value. A number above 0 that spreads by a factor
 * of 3 or more has a log axis, another a linear one; whole numbers stay whole. What is no number is a choice of the values that occur, and
 * a column of one value is fixed.
 *
 * @param names columns, in the order of the space's parameters; every run has a value for each
 * @throws LadderError `input` NOTHING_TO_SEARCH where no column has two values
 */
export function recordedSpace(names: readonly string[], runs: readonly RecordedRun[]): SearchSpace {
  const parameters = names.map((name) =>
    parameterOf(
      name,
      runs.flatMap(({ values }) => values[name] ?? []),
    ),
  );
  if (parameters.some(({ kind }) => kind !== "fixed")) return { parameters, constraints: [] };
  throw new LadderError("input", "NOTHING_TO_SEARCH", `no column of ${names.join(", ")} has two values among ${runs.length} runs`, {
    fields: { names, runs: runs.length },
    hint: "search columns in which the runs differ",
  });
}

function parameterOf(name: string, values: readonly SearchValue[]): SearchParameter {
  const distinct = [...new Set(values)];
  const [first = 0] = distinct;
  if (distinct.length < 2) return { kind: "fixed", name, value: first };
  const numbers = distinct.filter((value) => typeof value === "number");
  if (numbers.length < distinct.length) {
    const ordered = [...distinct].sort((left, right) => (String(left) < String(right) ? -1 : 1));
    return { kind: "choice", name, values: ordered, ordered: false };
  }
  const from = numbers.reduce((least, value) => Math.min(least, value), Infinity);
  const to = numbers.reduce((most, value) => Math.max(most, value), -Infinity);
  const isLog = from > 0 && to / from >= spread;
  return { kind: "numeric", name, scale: isLog ? "log" : "linear", from, to, integer: numbers.every(Number.isSafeInteger), special: [] };
}
