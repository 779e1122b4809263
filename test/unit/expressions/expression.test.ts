import { describe, expect, it } from "vitest";
import { columnsOf, evaluateCondition, evaluateNumber, isNumeric } from "../../../analysis/expressions/expression.ts";
import { parseExpression } from "../../../analysis/expressions/parse-expression.ts";
import { type Cell, cellText, readNumber } from "../../../analysis/expressions/cell.ts";

const numbers = (values: Readonly<Record<string, number>>) => (column: string) => values[column] ?? Number.NaN;
const value = (text: string, values: Readonly<Record<string, number>> = {}) =>
  evaluateNumber(parseExpression(text, "--map D"), numbers(values));
const meets = (text: string, cells: Readonly<Record<string, Cell>>) =>
  evaluateCondition(parseExpression(text, "--where"), (column) => cells[column]);

describe("arithmetic of columns", () => {
  it.each([
    ["steps*batch*seq", { steps: 1000, batch: 32, seq: 2048 }, 65_536_000],
    ["2 + 3 * 4 ^ 2", {}, 50],
    ["(2 + 3) * 4", {}, 20],
    ["2 ^ 3 ^ 2", {}, 512],
    ["-2 ^ 2", {}, -4],
    ["10 - 4 - 3", {}, 3],
    ["64 / 4 / 2", {}, 8],
    ["1.5e9", {}, 1.5e9],
    [".5 * a", { a: 3 }, 1.5],
    ["`eval/loss` * 2", { "eval/loss": 1.25 }, 2.5],
    ["config.lr * 2", { "config.lr": 0.25 }, 0.5],
    ["sqrt(9) + log2(8)", {}, 6],
  ])("%s", (text, values, expected) => expect(value(text, values)).toBe(expected));

  it("turns perplexity and bits into nats", () => {
    expect(value("ln(perplexity)", { perplexity: 20.085536923187668 })).toBeCloseTo(3, 14);
    expect(value("bits * ln(2)", { bits: 4 })).toBeCloseTo(2.772588722239781, 14);
  });

  it("is in double precision: 6 N D of a real run is beyond 64-bit integers", () => {
    const flops = value("6*N*D", { N: 1.2e9, D: 2.1e10 });
    expect(flops).toBe(1.512e20);
    expect(flops).toBeGreaterThan(2 ** 63);
    expect(BigInt.asIntN(64, 6n * 1_200_000_000n * 21_000_000_000n)).not.toBe(151_200_000_000_000_000_000n);
  });

  it("knows its columns, each once, and what is no arithmetic", () => {
    expect(columnsOf(parseExpression("a*b + a/`c d`", "--map D"))).toEqual(["a", "b", "c d"]);
    expect(isNumeric(parseExpression("a*b", "--map D"))).toBe(true);
    expect(isNumeric(parseExpression("a < b", "--map D"))).toBe(false);
    expect(isNumeric(parseExpression("'a'", "--map D"))).toBe(false);
  });
});

describe("a condition", () => {
  const run = { lr: "0.001", optimizer: "adam", loss: 3.5, tied: "True", note: "", steps: "1e3" };
  it.each([
    ["lr < 0.01", true],
    ["lr >= 0.01", false],
    ['optimizer == "adam"', true],
    ["optimizer = 'sgd'", false],
    ["optimizer != 'sgd'", true],
    ["lr == 1e-3 and loss < 4", true],
    ["lr == 1e-3 && loss > 4", false],
    ["loss > 4 or lr < 1", true],
    ["not (loss > 4)", true],
    ["tied == true", true],
    ["tied", true],
    ["not tied or loss > 4", false],
    ["steps * 2 == 2000", true],
    ["note == 'x'", false],
    ["note != 'x'", false],
    ["note < 3", false],
    ["optimizer < 3", false],
  ])("%s is %s", (text, expected) => {
    expect(meets(text, run)).toBe(expected);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["steps *", "at its end: expected a column, a number or ("],
    ["steps batch", 'at "batch", character 7: expected an operator'],
    ["(a + b", "at its end: expected )"],
    ["a # b", 'at "#", character 3: this is no name, number or operator'],
    ["log10(a)", 'at "log10", character 1: there is no such function: the functions are ln, exp, log2, sqrt'],
    ["1 < a < 3", 'at "<", character 7: join two comparisons with and'],
    ["", "at its end: expected a column, a number or ("],
  ])("%s is refused with the place", (text, words) => {
    expect(() => parseExpression(text, "--map D")).toThrow(
      expect.objectContaining({
        kind: "input",
        code: "EXPRESSION_INVALID",
        message: `--map D: ${JSON.stringify(text)} cannot be read ${words}`,
      }),
    );
  });
});

describe("a cell", () => {
  it.each<[Cell | undefined, ReturnType<typeof readNumber>]>([
    ["12", 12],
    [" -1.5e3 ", -1500],
    [".5", 0.5],
    [3, 3],
    ["9007199254740993000", 9007199254740993000],
    ["", "missing"],
    [null, "missing"],
    [undefined, "missing"],
    ["N/A", "missing"],
    ["None", "missing"],
    ["NaN", "nan"],
    [Number.NaN, "nan"],
    ["-inf", "infinite"],
    [Infinity, "infinite"],
    ["1e999", "infinite"],
    ["1.5B", "notANumber"],
    ["1,000", "notANumber"],
    ["0x10", "notANumber"],
    [true, "notANumber"],
  ])("%j is %j", (cell, expected) => {
    expect(readNumber(cell)).toBe(expected);
  });

  it("has one text for one number, however it is written", () => {
    expect([cellText("1e3"), cellText("1000.0"), cellText(1000), cellText(" adam "), cellText("-0"), cellText("")]).toEqual([
      "1000",
      "1000",
      "1000",
      "adam",
      "0",
      null,
    ]);
  });
});
