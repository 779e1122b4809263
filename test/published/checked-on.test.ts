import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { laws } from "../../analysis/laws/index.ts";

/** Where each data set that a law names stands, as a test reads it. */
const readAs: Readonly<Record<string, readonly string[]>> = {
  "chinchilla-svg": ["chinchillaRows"],
  misfitting: ["misfitting/final.csv"],
  "ladder-olmo": ["ladder-olmo/runs.csv"],
  gemstones: ["gemstones/hot_100b.csv"],
  "isoflop-extracted": ["isoflop/extracted.csv"],
  "routed-lm": ["routed-lm/final.csv"],
  datablations: ["datablations/runs.csv"],
  overtraining: ["overtraining/runs.csv"],
  "steplaw-dense": ["steplaw/runs.csv"],
  "annealing-curves": ["annealing-curves/runs.csv"],
  "four-digit-addition": ["four-digit-addition/runs.csv"],
  "private-batches": ["private-batches/runs.csv"],
  "simulated-collapse": ["simulated-collapse/runs.csv"],
};

/** The test that fits a law to a data set and compares objective or parameters with what others have. */
const tests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  chinchilla: {
    "chinchilla-svg": "chinchilla",
    misfitting: "misfitting",
    "ladder-olmo": "ladder-olmo",
    gemstones: "gemstones-clusters",
    "isoflop-extracted": "isoflop",
  },
  "power-of-size": { "routed-lm": "routed-lm" },
  "power-of-size-irreducible": { "routed-lm": "routed-lm" },
  "power-of-tokens": { gemstones: "gemstones-curves" },
  "power-of-tokens-irreducible": { gemstones: "gemstones-curves" },
  "power-of-compute": { "isoflop-extracted": "isoflop-minima" },
  "power-of-compute-irreducible": { "isoflop-extracted": "isoflop-minima" },
  "broken-power-of-tokens": { "four-digit-addition": "four-digit-addition", gemstones: "gemstones-curves" },
  "kaplan-joint": { "chinchilla-svg": "chinchilla-forms" },
  farseer: { "chinchilla-svg": "chinchilla-forms" },
  "data-constrained": { datablations: "datablations" },
  "over-training": { overtraining: "overtraining", "chinchilla-svg": "chinchilla-forms" },
  "width-depth-tokens": { gemstones: "gemstones-shapes" },
  routed: { "routed-lm": "routed-lm" },
  annealing: { "annealing-curves": "annealing-curves" },
  ...Object.fromEntries(
    [
      ...["learning-rate-of-log-size", "learning-rate-of-size", "learning-rate-of-tokens", "learning-rate-of-size-and-tokens"],
      ...["learning-rate-of-compute", "learning-rate-of-batch", "batch-of-size", "batch-of-tokens", "batch-of-compute"],
    ].map((id) => [id, { "steplaw-dense": "steplaw-laws" }]),
  ),
  "private-batch-bias": { "private-batches": "private-batches" },
  "model-collapse": { "simulated-collapse": "simulated-collapse" },
};

describe("what laws say that they were checked on", () => {
  it.each(laws.map((law) => [law.id, law] as const))(
    "%s: a test fits it to each of these data sets, and to no other",
    (id, { checkedOn }) => {
      const own = tests[id] ?? {};
      expect([...checkedOn].sort()).toEqual(Object.keys(own).sort());
      for (const [dataset, file] of Object.entries(own)) {
        const text = readFileSync(new URL(`${file}.test.ts`, import.meta.url), "utf8");
        for (const part of [`"${id}"`, ...(readAs[dataset] ?? ["no such data set"])])
          expect(part === '"chinchilla"' ? /chinchilla\b/.test(text) : text.includes(part), `${file} has ${part}`).toBe(true);
        expect(text).toContain("fitLaw(");
        expect(text).toMatch(/toBeLessThan(OrEqual)?\(|toBeCloseTo\(/);
      }
    },
  );
});
