import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { muonShapeFactor } from "../../../analysis/study/muon-shape-factor.ts";
import { optimizerSchema } from "../../../analysis/study/trainer-contract.ts";
import { countNumbers, Tally } from "./tally.ts";

const goldenSchema = z.strictObject({
  meta: z.record(z.string(), z.string()),
  defaults: z.strictObject({
    lr: z.number(),
    weight_decay: z.number(),
    momentum: z.number(),
    nesterov: z.boolean(),
    ns_coefficients: z.array(z.number()),
    eps: z.number(),
    ns_steps: z.number(),
    adjust_lr_fn: z.null(),
  }),
  adjust_lr: z.array(
    z.strictObject({
      shape: z.tuple([z.number(), z.number()]),
      adjust_lr_fn: z.enum(["original", "match_rms_adamw"]),
      lr: z.number(),
      adjusted_lr: z.number(),
    }),
  ),
});
const golden = goldenSchema.parse(JSON.parse(readFileSync(new URL("muon.json", import.meta.url), "utf8")));

const tally = new Tally();
const shapeFactors = { original: "jordan", match_rms_adamw: "matchRms" } as const;

afterAll(() => {
  console.log(tally.describe("muon.json"));
});

test("shape factors of torch.optim.Muon", () => {
  for (const { shape, adjust_lr_fn, lr, adjusted_lr } of golden.adjust_lr) {
    const [fanOut, fanIn] = shape;
    tally.compare(lr * muonShapeFactor(shapeFactors[adjust_lr_fn], { fanOut, fanIn }), adjusted_lr);
    tally.exclude([shape, lr], "inputs of the comparison: shapes and base rates");
  }
});

test("momentum is torch's where a study does not say", () => {
  const optimizer = optimizerSchema.parse({ name: "muon" });
  const { momentum, nesterov, lr, weight_decay, ns_coefficients, eps, ns_steps } = golden.defaults;
  if (optimizer.name !== "muon") throw new Error("not muon");
  tally.compare(optimizer.momentum, momentum);
  expect(optimizer.nesterov).toBe(nesterov);
  tally.exclude([lr, weight_decay, eps], "defaults that a Ladder study always states or sweeps itself");
  tally.exclude([ns_coefficients, ns_steps], "Newton-Schulz iteration, which belongs to trainers and not to a rule");
});

test("every number of the file is compared or left out for a reason", () => {
  const total = Object.values(tally.excluded).reduce((sum, count) => sum + count, 0);
  expect(tally.compared + total).toBe(countNumbers(golden));
  expect({ compared: tally.compared, ...tally.excluded }).toMatchInlineSnapshot(`
    {
      "Newton-Schulz iteration, which belongs to trainers and not to a rule": 4,
      "compared": 11,
      "defaults that a Ladder study always states or sweeps itself": 3,
      "inputs of the comparison: shapes and base rates": 30,
    }
  `);
});
