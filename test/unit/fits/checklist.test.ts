import { expect, test } from "vitest";
import { checklistIds, type ChecklistFacts, fillChecklist, fillExtraItems } from "../../../analysis/fits/checklist.ts";

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
  expect(of("2.2")?.text).toBe("N from 4.4e7 to 1.6e10, 50 different");
  expect(of("4.1")?.text).toBe("huber, delta 0.001, summed over rows, on ln loss");
  expect(of("4.5")).toMatchObject({ state: "filled", text: "240 rows, hash 0123456789ab; the five sit above the frontier" });
  expect(of("2.7")).toMatchObject({ state: "answered", text: "commit 1a2b3c" });
  // How N is counted was not said, and nothing was held out.
  for (const id of ["1.4", "2.3", "2.4", "4.6"]) expect(of(id)?.state).toBe("open");
});

test("joins what is known of an item, what its author says, and what is still to say", () => {
  const with23 = (changes: Partial<ChecklistFacts>) => fillChecklist({ ...facts, ...changes }).find(({ id }) => id === "2.3");
  expect(with23({ known: { "2.3": "D from 2e8 to 4e11" } })).toMatchObject({
    state: "open",
    text: "D from 2e8 to 4e11; still to say: on which data, and is any of it repeated?",
  });
  expect(with23({ known: { "2.3": "D from 2e8 to 4e11" }, answers: { "2.3": "C4, once" } })).toMatchObject({
    state: "answered",
    text: "D from 2e8 to 4e11; C4, once",
  });
  expect(with23({ record: { "2.3": "C4, digest 1a2b3c" }, answers: { "2.3": "once" } })).toMatchObject({
    state: "filled",
    text: "C4, digest 1a2b3c; once",
  });
});

test("has six items beside the paper, all under ids of their own", () => {
  const items = fillExtraItems({ ...facts, record: { "+2": "each row is its own" } });
  expect(items.map(({ id, state }) => `${id} ${state}`)).toEqual(["+1 open", "+2 filled", "+3 open", "+4 open", "+5 open", "+6 open"]);
  expect(checklistIds).toHaveLength(29);
  expect(new Set(checklistIds).size).toBe(29);
});
