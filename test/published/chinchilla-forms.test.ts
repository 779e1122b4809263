import { describe, expect, it } from "vitest";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { chinchillaRows, sizeTokenRows } from "./size-token-rows.ts";

const table = chinchillaRows();
const rows = sizeTokenRows(table);
const [smaller, larger] = [table.filter((row) => Number(row("C")) < 1e21), table.filter((row) => Number(row("C")) >= 1e21)].map((part) =>
  sizeTokenRows(part),
);
/** Enough of the ranked starts that the lowest minimum is among theirs. */
const search = { polished: 10 };

/** Mean relative error of the 23 runs of 1e21 FLOPs and more, from those below. */
function heldOutError(id: string): number {
  if (smaller === undefined || larger === undefined) throw new Error("no split");
  const errors = relativeErrors(findLaw(id), fitLaw(findLaw(id), smaller, { search }), larger);
  expect(errors).toHaveLength(23);
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

describe("other laws of size and tokens on Chinchilla's 240 rows", () => {
  it("kaplan-joint, without an irreducible loss, reaches what SciPy does: 2.6 times Chinchilla's objective, twice its error", () => {
    const fit = fitLaw(findLaw("kaplan-joint"), rows, { search });
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.0026631015);
    expect(Math.abs(fittedValue(fit, "alphaN") - 0.0946755)).toBeLessThan(1e-4);
    expect(Math.abs(fittedValue(fit, "alphaD") - 0.1141458)).toBeLessThan(1e-4);
    expect(heldOutError("kaplan-joint")).toBeLessThan(0.022);
    expect(heldOutError("kaplan-joint")).toBeGreaterThan(1.5 * heldOutError("chinchilla"));
  });

  it("over-training, with one exponent in place of two, is next to no worse", () => {
    const fit = fitLaw(findLaw("over-training"), rows, { search });
    expect(fit.objectiveValue).toBeLessThan(1.005 * 0.00101828);
    expect(heldOutError("over-training")).toBeLessThan(0.0095);
  });

  it("farseer, with nine parameters, reaches what SciPy does, and half of Chinchilla's error on larger runs", () => {
    const fit = fitLaw(findLaw("farseer"), rows, { search });
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.00079141973);
    expect(heldOutError("farseer")).toBeLessThan(0.006);
  });
});
