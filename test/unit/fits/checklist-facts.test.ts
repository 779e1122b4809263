import { describe, expect, it } from "vitest";
import { fillChecklist, fillExtraItems } from "../../../analysis/fits/checklist.ts";
import { checklistFacts } from "../../../analysis/fits/checklist-facts.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { keptFit } from "./kept-fit.ts";
import { lossRows } from "./size-token-rows.ts";

const law = findLaw("over-training");

describe("what a fit knows of itself", () => {
  const open = keptFit(law, lossRows({ noise: 0.003 }), { draws: 30 });
  const facts = checklistFacts(open, { computes: [1e24] });
  const items = [...fillChecklist(facts), ...fillExtraItems(facts)];
  const of = (id: string) => items.find((item) => item.id === id);

  it("fills all of form and fitting but the principle, and asks what no file tells", () => {
    const openIds = items.filter(({ state }) => state === "open").map(({ id }) => id);
    expect(openIds).toEqual(["1.4", "1.5", "2.3", "2.5", "2.6", "2.7", "3.1", "3.2", "3.3", "3.4", "3.5", "+1", "+4"]);
    expect(of("1.3")?.text).toBe("E at least 0, a above 0, b above 0, eta at least 0; none fixed");
    expect(of("2.4")?.text).toBe("N with embeddings; training FLOPs by C = 6 N D");
    expect(of("2.3")?.text).toMatch(/^D from 4e8 to 9.72e10, 6 different; still to say/);
    expect(of("4.1")?.text).toBe("Huber's penalty, delta 0.001, summed over rows, on ln loss");
  });

  it("says what leaving the worst rows out does, and how larger budgets come out from smaller ones", () => {
    expect(of("4.5")?.text).toMatch(/^48 rows, hash 0{12}; without the row of the largest residuals: E [\d.]+ → [\d.]+, a /);
    expect(of("4.6")?.text).toMatch(
      /^\d+ runs each predicted from smaller budgets alone: mean error [\d.]+ %, largest [\d.]+ %; 95 % intervals: bootstrap/,
    );
    expect(of("+6")?.text).toMatch(/^fitted from 4\.80e16 to 1\.49e21 FLOPs; 1\.00e24 is 670 times the largest$/);
  });

  it("names clusters, and held-out runs where there are such", () => {
    const rows = lossRows({ noise: 0.003 });
    const clusters = Int32Array.from(rows.output, (_, row) => row % 8);
    const clustered = checklistFacts(keptFit(law, { ...rows, clusters }, { draws: 30 }));
    expect(fillExtraItems(clustered)[1]?.text).toBe("8 clusters of rows that share a trunk, drawn as one");
    expect(fillChecklist(clustered).find(({ id }) => id === "3.3")?.text).toBe("6 rows a model or trunk on average");
    const heldOut = checklistFacts(keptFit(law, rows, { draws: 30, holdoutBudgets: 1 }));
    expect(fillChecklist(heldOut).find(({ id }) => id === "4.6")?.text).toMatch(/^\d+ larger runs held out: mean error/);
    expect(fillChecklist(heldOut).find(({ id }) => id === "2.1")?.text).toMatch(/left out: \d+ held out$/);
  });
});
