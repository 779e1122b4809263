import { describe, expect, it } from "vitest";
import type { FitRows } from "../../../../analysis/fits/contract.ts";
import { optimumAt } from "../../../../analysis/fits/isoflop/compute-power-law.ts";
import { isoflop } from "../../../../analysis/fits/isoflop/isoflop.ts";
import { isoflopReadings } from "../../../../analysis/fits/isoflop/readings.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";
import { bestSize, computes, isoflopRows, narrow, trueExponent } from "./synthetic.ts";

const clean = isoflopRows(computes.map((compute) => ({ compute, ratios: narrow })));

function refusal(rows: FitRows, reading: "parabola" | "akima" = "parabola"): LadderError {
  try {
    isoflop(rows, { optimumOf: "N", reading, draws: 20 });
  } catch (error) {
    if (error instanceof LadderError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("IsoFLOP optima without noise", () => {
  it.each(["parabola", "akima"] as const)("recover N*(C) and D*(C) by %s", (reading) => {
    const sizes = isoflop(clean, { optimumOf: "N", reading, draws: 50, lossNoise: 1e-6 });
    expect(sizes.law.exponent).toBeCloseTo(trueExponent, 2);
    for (const { compute, optimum } of sizes.fitted) expect(Math.abs(Math.log(optimum / bestSize(compute)))).toBeLessThan(0.03);
    const tokens = isoflop(clean, { optimumOf: "D", reading, draws: 50, lossNoise: 1e-6 });
    expect(tokens.law.exponent + sizes.law.exponent).toBeCloseTo(1, 2);
    expect(sizes.refused).toEqual([]);
  });

  it("shows the parabola's bias on wide lopsided grids, which Akima's cubic does not have", () => {
    const wide = isoflopRows(computes.map((compute) => ({ compute, ratios: [0.3, 0.9, 3, 10, 30, 100] })));
    const away = (reading: "parabola" | "akima"): number => {
      const { fitted } = isoflop(wide, { optimumOf: "N", reading, draws: 50, lossNoise: 1e-6 });
      return Math.max(...fitted.map(({ compute, optimum }) => Math.abs(Math.log(optimum / bestSize(compute)))));
    };
    expect(away("parabola")).toBeGreaterThan(0.1);
    expect(away("akima")).toBeLessThan(0.05);
  });

  it("do not depend on units", () => {
    const scaled = { ...clean, columns: { ...clean.columns, N: (clean.columns["N"] ?? new Float64Array()).map((value) => value / 1e6) } };
    const [plain, millions] = [clean, scaled].map((rows) => isoflop(rows, { optimumOf: "N", reading: "parabola", draws: 20 }).law);
    expect(millions?.exponent).toBeCloseTo(plain?.exponent ?? 0, 10);
    expect((millions?.coefficient ?? 0) * 1e6).toBeCloseTo(plain?.coefficient ?? 0, 8);
  });
});

describe("intervals of an IsoFLOP law", () => {
  it.each(["parabola", "akima"] as const)("hold the true exponent in about nineteen of twenty noisy designs by %s", (reading) => {
    const held = Array.from({ length: 40 }, (_, seed) => {
      const rows = isoflopRows(
        computes.map((compute) => ({ compute, ratios: narrow })),
        0.003,
        seed,
      );
      const { exponentInterval } = isoflop(rows, { optimumOf: "N", reading, draws: 120, lossNoise: 0.003 }).law;
      return exponentInterval.low <= trueExponent && trueExponent <= exponentInterval.high;
    }).filter(Boolean).length;
    expect(held).toBeGreaterThanOrEqual(34);
  });

  it("widen with the distance from the budgets and say how far that is", () => {
    const rows = isoflopRows(
      computes.map((compute) => ({ compute, ratios: narrow })),
      0.003,
    );
    const { law } = isoflop(rows, { optimumOf: "N", reading: "parabola", draws: 200 });
    const width = (compute: number): number => Math.log(optimumAt(law, compute).interval.high / optimumAt(law, compute).interval.low);
    expect(width(1e24)).toBeGreaterThan(2 * width(1e19));
    expect(optimumAt(law, 1e19).extrapolation).toBe(1);
    expect(optimumAt(law, 3e22).extrapolation).toBeCloseTo(100, 9);
    expect(optimumAt(law, 1e17).extrapolation).toBeCloseTo(10, 9);
    expect(optimumAt(law, 1e19).value).toBeCloseTo(law.coefficient * 1e19 ** law.exponent, -3);
  });

  it("are the same for the same seed and others for another", () => {
    const rows = isoflopRows(
      computes.map((compute) => ({ compute, ratios: narrow })),
      0.003,
    );
    const law = (seed: number) => isoflop(rows, { optimumOf: "N", reading: "akima", draws: 50, seed }).law;
    expect(law(1)).toEqual(law(1));
    expect(law(1).exponentInterval).not.toEqual(law(2).exponentInterval);
  });

  it("keep the runs of a cluster together: shared errors make the line's height uncertain", () => {
    const rows = isoflopRows(
      computes.map((compute) => ({ compute, ratios: narrow })),
      0.004,
    );
    const clusters = Int32Array.from({ length: rows.output.length }, (_, row) => row % narrow.length);
    const height = (of: FitRows): number => {
      const { lines } = isoflop(of, { optimumOf: "N", reading: "parabola", draws: 300 }).law;
      const mean = lines.reduce((sum, [at]) => sum + at, 0) / lines.length;
      return Math.sqrt(lines.reduce((sum, [at]) => sum + (at - mean) ** 2, 0) / lines.length);
    };
    expect(height({ ...rows, clusters })).not.toBeCloseTo(height(rows), 4);
    expect(JSON.stringify(isoflop({ ...rows, clusters }, { optimumOf: "N", reading: "parabola", draws: 5 }))).not.toContain("null,null");
  });
});

describe("what an IsoFLOP analysis refuses", () => {
  it("a budget whose lowest loss is at an edge, by name, with what to train", () => {
    const rows = isoflopRows([
      { compute: 1e18, ratios: [1.2, 2, 3, 5, 8] },
      ...computes.slice(1).map((compute) => ({ compute, ratios: narrow })),
    ]);
    for (const reading of ["parabola", "akima"] as const) {
      const { refused, fitted, warnings } = isoflop(rows, { optimumOf: "N", reading, draws: 50, lossNoise: 1e-6 });
      expect(fitted).toHaveLength(5);
      expect(refused).toHaveLength(1);
      expect(refused[0]).toMatchObject({ status: "edge", compute: 1e18, points: 5 });
      expect(refused[0]?.words).toMatch(
        /^C = 1e\+18: the lowest loss is at the fewest parameters, [\d.]+e\+\d+: train with fewer, to [\d.]+e\+\d+$/,
      );
      expect(warnings).toContain("1 of 6 budgets have no bracketed minimum and are left out");
    }
  });

  it("one budget", () => {
    const error = refusal(isoflopRows([{ compute: 1e19, ratios: narrow }]));
    expect(error).toMatchObject({ kind: "input", code: "ISOFLOP_ONE_BUDGET" });
    expect(error.message).toContain("needs runs at two or more compute budgets; there is one, C = 1e+19");
  });

  it("too few sizes at every budget", () => {
    for (const reading of ["parabola", "akima"] as const) {
      const error = refusal(isoflopRows(computes.map((compute) => ({ compute, ratios: [0.5, 1, 2] }))), reading);
      expect(error).toMatchObject({ kind: "input", code: "ISOFLOP_TOO_FEW_POINTS" });
      expect(error.problems).toHaveLength(6);
      expect(error.problems[0]?.message).toContain("3 runs of different parameters, 4 needed");
    }
  });

  it("no interior minimum at two budgets", () => {
    const rows = isoflopRows([
      { compute: 1e18, ratios: narrow },
      { compute: 1e19, ratios: [0.1, 0.2, 0.4, 0.8] },
      { compute: 1e20, ratios: [1.2, 2, 4, 8] },
    ]);
    for (const reading of ["parabola", "akima"] as const) {
      const error = refusal(rows, reading);
      expect(error).toMatchObject({ kind: "input", code: "ISOFLOP_NO_INTERIOR_MINIMUM" });
      expect(error.message).toContain("1 of 3 has it");
      expect(error.problems.map(({ message }) => message)).toEqual([
        expect.stringContaining("at the most parameters"),
        expect.stringContaining("at the fewest parameters"),
      ]);
    }
  });

  it("a column that is not there, and values that are no losses", () => {
    expect(refusal({ columns: { C: Float64Array.of(1) }, output: Float64Array.of(1) })).toMatchObject({ code: "ISOFLOP_COLUMNS" });
    const diverged = { ...clean, output: clean.output.map((loss, row) => (row === 3 ? Number.NaN : loss)) };
    const error = refusal(diverged);
    expect(error).toMatchObject({ code: "ISOFLOP_VALUES" });
    expect(error.message).toBe("rows[3].loss is not a finite number above 0: NaN (1 such values)");
  });

  it("rows of weight 0, as if they were not there", () => {
    const wrong = { ...clean, output: clean.output.map((loss, row) => (row === 3 ? 9 : loss)) };
    const weights = Float64Array.from(clean.output, (_, row) => (row === 3 ? 0 : 1));
    const { fitted } = isoflop({ ...wrong, weights }, { optimumOf: "N", reading: "parabola", draws: 5 });
    expect(fitted.map(({ points }) => points)).toEqual([6, 7, 7, 7, 7, 7]);
  });
});

describe("budgets", () => {
  it("take rows whose compute differs by less than the tolerance", () => {
    const jitter = { ...clean.columns, C: (clean.columns["C"] ?? new Float64Array()).map((value, row) => value * (1 + 0.001 * (row % 3))) };
    const { fitted } = isoflop({ ...clean, columns: jitter }, { optimumOf: "N", reading: "parabola", draws: 5 });
    expect(fitted).toHaveLength(6);
    expect(fitted[0]?.compute).toBeCloseTo(1e18 * 1.000857, -14);
    expect(() => isoflop({ ...clean, columns: jitter }, { optimumOf: "N", reading: "parabola", budgetTolerance: 1e-6 })).toThrow(
      /0 of 18 has/,
    );
  });

  it("take the lowest of repeated sizes, or their mean when they are seeds", () => {
    const twice = (column: Float64Array): Float64Array => Float64Array.from([...column, ...column]);
    const { C = new Float64Array(), N = new Float64Array() } = clean.columns;
    const rows: FitRows = {
      columns: { C: twice(C), N: twice(N) },
      output: Float64Array.from([...clean.output, ...clean.output.map((loss) => loss + 0.1)]),
    };
    const loss = (repeats: "lowest" | "mean"): number =>
      isoflop(rows, { optimumOf: "N", reading: "parabola", repeats, draws: 5 }).fitted[0]?.loss ?? 0;
    expect(loss("mean") - loss("lowest")).toBeCloseTo(0.05, 9);
  });
});

describe("both readings", () => {
  it("stand side by side with their difference", () => {
    const rows = isoflopRows(
      computes.map((compute) => ({ compute, ratios: narrow })),
      0.003,
    );
    const { parabola, akima, exponentDifference, words } = isoflopReadings(rows, { optimumOf: "N", draws: 50 });
    expect([parabola.status, akima.status]).toEqual(["read", "read"]);
    expect(exponentDifference).not.toBeNull();
    expect(words).toMatch(
      /^exponent of N\*\(C\) by parabola 0\.\d{3} \(95 % .*, 6 budgets\), by Akima 0\.\d{3} .*; they differ by -?0\.\d{3}$/,
    );
  });

  it("give one reading with the other's refusal", () => {
    const rows = isoflopRows(computes.map((compute) => ({ compute, ratios: narrow })));
    // With so much seed noise most redraws hold losses below 0, which have no minimum to read.
    const { parabola, akima, exponentDifference, words } = isoflopReadings(rows, { optimumOf: "N", draws: 100, lossNoise: 5 });
    expect(parabola.status).toBe("read");
    expect(akima).toMatchObject({ status: "refused", code: "ISOFLOP_NO_INTERIOR_MINIMUM" });
    expect(exponentDifference).toBeNull();
    expect(words).toContain("by Akima refused (the law N*(C) needs two budgets");
  });

  it("refuse when both do", () => {
    expect(() => isoflopReadings(isoflopRows([{ compute: 1e19, ratios: narrow }]), { optimumOf: "N" })).toThrow(/there is one/);
    expect(() => isoflopReadings({ columns: {}, output: new Float64Array() }, { optimumOf: "N" })).toThrow(/needs a column C, got none/);
  });
});
