import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { compareDrifts } from "../../../analysis/transfer/paired-drift.ts";
import { testTransfers } from "../../../analysis/transfer/verdict.ts";
import { renderTransfer } from "../../../cli/transfer-text.ts";
import type { TransferReport } from "../../../operations/test-transfer.ts";
import { plantSweep } from "../transfer/planted-sweep.ts";

/** A report on rule sets with planted drifts over width, three seeds, four places. */
function reportOn(slopes: Readonly<Record<string, number>>): TransferReport {
  const results = Object.entries(slopes).flatMap(([parametrization, slope], index) =>
    plantSweep({ parametrization, slope, intercept: -5, seeds: [1, 2, 3], cellShift: 0.04 }, randomStream(index, "text")),
  );
  const question = { axis: "width", hyperparameter: "learningRate" } as const;
  const tests = testTransfers(measureBasins(results, question));
  return { study: "planted", ...question, tests, comparisons: compareDrifts(tests), fits: [], matrix: null };
}

const render = (report: TransferReport): string => stripVTControlCharacters(renderTransfer(report, pc.createColors(false), 80));

describe("what ladder transfer prints at 80 columns", () => {
  const text = render(reportOn({ "mup+depth-mup": 0.05, "mup+bordelon": -0.4, completep: 0.04, mup: -0.9 }));

  it("fits, and nothing of a number or a verdict is cut", () => {
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).not.toContain("…");
  });

  it("says of every pair which of the two drifts less, or that it is not told", () => {
    const rows = text.split("\n").slice(text.split("\n").findIndex((line) => line.startsWith("RULES          AGAINST")) + 1);
    expect(
      rows.slice(0, 6).map((row) =>
        row
          .trim()
          .split(/\s{2,}/)
          .filter((_, index) => index !== 2 && index !== 3),
      ),
    ).toEqual([
      ["mup", "completep", "completep"],
      ["mup+bordelon", "completep", "completep"],
      ["mup+bordelon", "mup", "mup+bordelon"],
      ["mup+depth-mup", "completep", "not told apart"],
      ["mup+depth-mup", "mup", "mup+depth-mup"],
      ["mup+depth-mup", "mup+bordelon", "mup+depth-mup"],
    ]);
    expect(text.replaceAll(/\s+/g, " ")).toContain("the interval of their difference excludes 0; the 6 intervals hold together at 95 %");
  });

  it("has no table of comparisons where one set of rules was swept", () => {
    expect(render(reportOn({ mup: -0.1 }))).not.toContain("compared");
  });
});
