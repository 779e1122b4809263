import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

const pathOf = (name: string): string => fileURLToPath(new URL(`../published/${name}`, import.meta.url));
const chinchilla = ["fit", "--from", pathOf("chinchilla/runs.csv"), "--drop-worst", "5", "--counting", "total", "--draws", "100"];
const schema = z.object({
  parameters: z.record(z.string(), z.object({ value: z.number().nullable(), identified: z.boolean() })),
  objective: z.object({ kind: z.string(), delta: z.number().nullable(), value: z.number() }),
  search: z.object({ shareReached: z.number(), gradientNorm: z.number(), starts: z.int(), run: z.int() }),
});

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-objectives-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the objective of a fit", () => {
  it.each([
    { words: [], kind: "huber", delta: 0.001, most: 0.00101828, alpha: 0.3473, text: "Huber, delta 0.001, summed on ln loss" },
    { words: ["--delta", "0.0001"], kind: "huber", delta: 0.0001, most: 0.0001126, alpha: 0.348, text: "Huber, delta 0.0001," },
    {
      words: ["--objective", "least-squares"],
      kind: "leastSquares",
      delta: null,
      most: 0.0139,
      alpha: 0.35,
      text: "(least squares, summed on ln loss)",
    },
    {
      words: ["--objective", "least-squares", "--residuals", "value"],
      kind: "leastSquares",
      delta: null,
      most: 0.083205,
      alpha: 0.3576,
      text: "(least squares, summed on loss)",
    },
    {
      words: ["--objective", "least-absolute-deviations"],
      kind: "leastAbsoluteDeviations",
      delta: null,
      most: 1.1296,
      alpha: 0.3478,
      text: "(least absolute deviations, summed on ln loss)",
    },
    {
      words: ["--objective", "asymmetric", "--overestimate-penalty", "4"],
      kind: "asymmetric",
      delta: null,
      most: 0.04,
      alpha: 0.35,
      text: "(least squares, rows below the law counted 4 times, summed on ln loss)",
    },
  ])("$kind $words: what was reached, from which share of starts, at which gradient", async ({ words, kind, delta, most, alpha, text }) => {
    const path = join(folder, "fit.json");
    const { code, out } = await typeCommand(...chinchilla, ...words, "--output", path);
    expect(code).toBe(0);
    const { parameters, objective, search } = schema.parse(JSON.parse(await readFile(path, "utf8")));
    expect(objective).toMatchObject({ kind, delta });
    expect(objective.value).toBeLessThanOrEqual(most);
    expect(Math.abs((parameters["alpha"]?.value ?? 0) - alpha)).toBeLessThan(0.03);
    expect(search.shareReached).toBeGreaterThan(0.5);
    // The gradient of |r| has steps: of least absolute deviations it is that of the rounded penalty.
    expect(search.gradientNorm).toBeGreaterThanOrEqual(0);
    if (kind !== "leastAbsoluteDeviations") expect(search.gradientNorm).toBeLessThan(1e-6 * Math.max(objective.value, 1e-3));
    const line = out.replace(/\s+/g, " ");
    expect(line).toContain(text);
    expect(line).toMatch(/gradient norm \d+e-\d+, reached from [\d.]+ % of 30 starts/);
  });
});

describe("a ridge", () => {
  it("of repeated data is said: RN has no upper end, and no number such as 1e91 is printed for one", async () => {
    const words = ["--law", "data-constrained", "--where", 'in_published_fit == "True"', "--counting", "total", "--draws", "100"];
    const { out } = await typeCommand("fit", "--from", pathOf("datablations/runs.csv"), ...words);
    const text = out.replace(/\s+/g, " ");
    expect(text).toContain("RN is not identified: its 95 % interval has no upper end");
    expect(text).toMatch(/lie on a ridge \(correlation 0\.99\d\d\): read neither without the other/);
    expect(text).toMatch(/RN \S+ \S+ to no end not identified/);
    expect(text).not.toMatch(/e\+?[3-9]\d/);
  });

  it("of Chinchilla's coefficients and exponents is said", async () => {
    const { out } = await typeCommand(...chinchilla);
    const text = out.replace(/\s+/g, " ");
    expect(text).toContain("A and alpha lie on a ridge (correlation 0.9990)");
    expect(text).toContain("B and beta lie on a ridge (correlation 0.9993)");
  });
});
