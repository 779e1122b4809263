import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkCoordinates } from "../../../analysis/coordinate-check/check-coordinates.ts";
import type { CoordinateCheck, CoordinateModule } from "../../../analysis/coordinate-check/coordinate-check.ts";

const goldenSchema = z.object({
  rows: z.array(
    z.object({ variant: z.string(), optimizer: z.string(), width: z.int(), t: z.int(), module: z.string(), l1: z.array(z.number()) }),
  ),
});
const golden = goldenSchema.parse(JSON.parse(readFileSync(new URL("coord-check.json", import.meta.url), "utf8")));
const modules: readonly CoordinateModule[] = [
  { name: "hidden.0", kind: "input", insideBlock: false },
  { name: "hidden.1", kind: "hidden", insideBlock: false },
  { name: "readout", kind: "output", insideBlock: false },
];

function check(variant: string, optimizer: string): CoordinateCheck {
  const rows = golden.rows
    .filter((row) => row.variant === variant && row.optimizer === optimizer)
    .flatMap(({ width, t, module, l1 }) =>
      l1.map((value, seed) => ({ axisValue: width, seed, step: t, module, quantity: "l1" as const, value })),
    );
  return checkCoordinates({ axis: "width", rows, modules });
}

function slope(of: CoordinateCheck, module: string, step: number): number | null {
  return of.slopes.find((candidate) => candidate.module === module && candidate.step === step)?.slope ?? null;
}

describe("networks trained with microsoft/mup", () => {
  it("pass under Adam where they are set up as the library says", () => {
    expect(check("mup", "adam").verdict).toBe("pass");
    expect(check("mup-zero-readout", "adam").verdict).toBe("pass");
  });

  it.each(["sp", "mup-readout-mult-missing", "mup-adam-lr-unscaled", "mup-hidden-init-unscaled"])("fail under Adam as %s", (variant) => {
    const { verdict, reasons } = check(variant, "adam");
    expect(verdict).toBe("fail");
    expect(reasons[0]?.kind).toBe("size-slope");
  });

  it.each(["sp", "mup-readout-mult-missing", "mup-hidden-init-unscaled"])("fail under SGD as %s", (variant) => {
    expect(check(variant, "sgd").verdict).toBe("fail");
  });

  it.each(["mup", "mup-zero-readout", "mup-sgd-vector-lr-unscaled"])("are undecided under SGD as %s, since they hardly moved", (variant) => {
    const { verdict, reasons } = check(variant, "sgd");
    expect(verdict).toBe("undecided");
    expect(reasons.map(({ kind, module }) => [kind, module])).toEqual([["small-movement", "hidden.1"]]);
  });

  it("have the slopes that were measured when the file was made", () => {
    const sp = check("sp", "adam");
    const mup = check("mup", "adam");
    const measured = [slope(sp, "hidden.1", 1), slope(sp, "hidden.1", 4), slope(sp, "readout", 1), slope(mup, "readout", 0), slope(mup, "readout", 4)];
    for (const [index, expected] of [0.62, 0.68, 1.36, -0.47, -0.03].entries()) expect(measured[index]).toBeCloseTo(expected, 1);
  });

  it("may start with a readout that vanishes, which is said and is no fault", () => {
    expect(check("mup", "adam").notes).toContain(
      "readout starts with slope −0.47: a readout may vanish at the start, so this is no fault",
    );
  });
});
