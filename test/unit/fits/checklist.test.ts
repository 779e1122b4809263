import { expect, test } from "vitest";
import { type ChecklistFacts, fillChecklist } from "../../../analysis/fits/checklist.ts";

const facts: ChecklistFacts = {
  law: {
    id: "chinchilla",
    formula: "loss = E + A / N^alpha + B / D^beta",
    variables: ["N: parameters, in parameters", "D: training tokens, in tokens", "loss: cross entropy, in nats per token"],
    parameters: [
      { name: "E", bounds: "above 0" },
      { name: "alpha", bounds: "" },
    ],
    fixed: { beta: 0.3 },
  },
  rows: {
    used: 240,
    excluded: [{ reason: "among the 5 highest losses", count: 5 }],
    hash: "0123456789abcdef",
    spans: [{ name: "N", from: 4.4e7, to: 1.6e10, distinct: 50 }],
    clusters: null,
    rowsPerCluster: null,
  },
  counting: null,
  flopFormula: "6ND",
  objective: { kind: "huber", delta: 1e-3, scale: "ln loss" },
  search: { algorithm: "Gauss-Newton", settings: "tolerance 1e-9", starts: 4500, shareReached: 0.36, gradientNorm: 3e-12 },
  validation: null,
  answers: { "2.7": "commit 1a2b3c", "4.5": "the five sit above the frontier" },
};
const of = (id: string) => fillChecklist(facts).find((item) => item.id === id);

test("has 23 items in the paper's order", () => {
  const ids = fillChecklist(facts).map(({ id }) => id);
  expect(ids).toHaveLength(23);
  expect(ids).toEqual([...ids].sort());
});

test("fills what the record knows, takes answers, and asks for the rest", () => {
  expect(of("1.3")).toMatchObject({ state: "filled", text: "E above 0, alpha; fixed: beta = 0.3" });
  expect(of("2.1")?.text).toBe("240 rows are fitted; left out: 5 among the 5 highest losses");
  expect(of("2.2")?.text).toBe("N from 44000000 to 16000000000, 50 different");
  expect(of("4.1")?.text).toBe("huber, delta 0.001, summed over rows, on ln loss");
  expect(of("4.5")).toMatchObject({ state: "filled", text: "240 rows, hash 0123456789ab; the five sit above the frontier" });
  expect(of("2.7")).toMatchObject({ state: "answered", text: "commit 1a2b3c" });
  // How N is counted was not said, and nothing was held out.
  for (const id of ["1.4", "2.3", "2.4", "4.6"]) expect(of(id)?.state).toBe("open");
});
