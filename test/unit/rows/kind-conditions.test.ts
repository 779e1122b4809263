import { describe, expect, it } from "vitest";
import { replaceColumns } from "../../../analysis/expressions/expression.ts";
import { expressionText, kindConditions } from "../../../analysis/rows/kind-conditions.ts";
import { parseExpression } from "../../../analysis/expressions/parse-expression.ts";

describe("what a condition says of the kind of a run", () => {
  it.each([
    ['parametrization == "mup" and width < 128', '(parametrization == "mup")'],
    ["N < 1e10", undefined],
    ["N >= 1e6 and N <= 1e9 and `opt/name` != 'sgd' and k = 1", '(`opt/name` != "sgd") and (k == 1)'],
    // Only conditions that must hold can be left out.
    ["N < 1e9 or k == 1", "((N < 1000000000) or (k == 1))"],
    ["not (N < 1e9)", "(not (N < 1000000000))"],
  ])("%s: %s", (condition, kept) => {
    expect(kindConditions(condition)).toBe(kept);
  });

  it.each([`a == 'says "no"' and not -x^2 + ln(b*c)/2 < 3 or flag == true`, "1 - 2 - 3 == -4", "`a b` > 1.5e-7"])(
    "is read again as it was: %s",
    (text) => {
      // Places in the text move, and nothing else.
      const read = (source: string) => replaceColumns(parseExpression(source, "--where"), (column) => ({ ...column, at: 0 }));
      expect(read(expressionText(read(text)))).toEqual(read(text));
    },
  );
});
