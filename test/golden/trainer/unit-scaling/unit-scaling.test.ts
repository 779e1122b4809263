import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Operations, TensorRow } from "../../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../../trainers/reference/engine/engine.ts";
import { createTransformer } from "../../../../trainers/reference/models/transformer.ts";
import { allocateParameters } from "../../../../trainers/reference/training/parameters.ts";
import { fillIntegers, fillUniform } from "../formula.ts";

const caseSchema = z.strictObject({
  name: z.string(),
  gated: z.boolean(),
  constraint: z.enum(["to_output_scale"]).nullable(),
  multipliers: z.strictObject({ residual: z.number(), ratio: z.number(), attention: z.number(), activation: z.number(), loss: z.number() }),
  loss: z.number(),
  gradients: z.record(z.string(), z.strictObject({ rms: z.number(), first: z.array(z.number()).length(6) })),
});
const goldenSchema = z.strictObject({
  madeBy: z.string(),
  torch: z.string(),
  unitScaling: z.string(),
  scale: z.strictObject({
    width: z.number(),
    depth: z.number(),
    headDimension: z.number(),
    vocabularySize: z.number(),
    sequenceLength: z.number(),
    sequences: z.number(),
    feedForwardRatio: z.number(),
  }),
  cases: z.array(caseSchema).length(8),
});
type Case = z.infer<typeof caseSchema>;
const { scale, cases } = goldenSchema.parse(JSON.parse(readFileSync(new URL("gradients.json", import.meta.url), "utf8")));
const rows = scale.sequences * scale.sequenceLength;

/** exp(a ln high + (1 - a) ln low): the interpolation of the library's empirical models. */
const between = (a: number, low: number, high: number) => Math.exp(a * Math.log(high) + (1 - a) * Math.log(low));

/** Factors of the contract's operations, written by hand from Blake et al. 2024, table 2 and the library's models of activations and attention. */
function operationsOf({ gated, constraint, multipliers }: Case): Operations {
  const { residual, ratio, attention, activation: m, loss } = multipliers;
  const feedForward = residual * Math.sqrt(2 / (1 + ratio * ratio));
  const residualBlocks = Array.from({ length: 2 * scale.depth }, (_, index) => {
    const own = index % 2 === 0 ? ratio * feedForward : feedForward;
    const before = Math.floor((index + 1) / 2) * (ratio * feedForward) ** 2 + Math.floor(index / 2) * feedForward ** 2;
    const tau = own / Math.sqrt(scale.depth + before);
    const norm = Math.sqrt(1 + tau * tau);
    return { branch: index % 2 === 0 ? ("attention" as const) : ("feedForward" as const), skipMultiplier: 1 / norm, branchMultiplier: tau / norm };
  });
  const mixing = 1 / between(1 / (1 + (4 * scale.headDimension) / attention ** 2), Math.sqrt(Math.log(scale.sequenceLength) / scale.sequenceLength), 1);
  const gate = between(1 / (1 + 1 / m ** 2), 2, Math.SQRT2);
  const gelu = 1 / (1 + 0.25 / m ** 2);
  const forward = gated ? gate : between(gelu, 2, Math.sqrt(2 / (1 - 1 / Math.PI)));
  const backward = gated ? gate : constraint === null ? between(gelu, 2, Math.SQRT2) : forward;
  return {
    attentionLogitScale: attention / scale.headDimension,
    residualBlocks,
    embeddingMultiplier: 1,
    outputMultiplier: 1,
    activationMultiplier: 1,
    lossMultiplier: 1,
    unitScaling: {
      embeddingSum: { forward: Math.SQRT1_2, backward: constraint === null ? 1 : Math.SQRT1_2 },
      // The library's activations are act(m x) / m.
      activation: { input: m, forward: forward / m, backward: backward / m },
      attention: { forward: mixing, backward: mixing },
      // Its gradient is of the summed loss, and lacks the factor of the logits.
      loss: { input: loss, backward: (rows * scale.vocabularySize) / Math.sqrt(scale.vocabularySize - 1) / loss },
      branchGradientAtSplit: true,
    },
  };
}

function tensorsOf({ gradients, constraint }: Case): readonly TensorRow[] {
  const hidden = scale.feedForwardRatio * scale.width;
  return Object.keys(gradients).map((name): TensorRow => {
    const part = name.split(".").at(-1) ?? "";
    const fanIn = part === "down" ? hidden : scale.width;
    const fanOut = part === "up" || part === "gate" ? hidden : part === "readout" ? scale.vocabularySize : scale.width;
    const common = { name, fanIn, fanOut, initStd: 1, initMean: 0, learningRate: 0, weightDecay: 0, epsilon: 0, group: name };
    if (part.endsWith("Embedding")) {
      const count = part === "tokenEmbedding" ? scale.vocabularySize : scale.sequenceLength;
      const factors = { forwardMultiplier: 1, backwardMultiplier: 1, weightGradientMultiplier: Math.sqrt(count / rows) };
      return { ...common, ...factors, role: "input", shape: [count, scale.width] };
    }
    const role = part === "readout" ? "output" : "hidden";
    const forwardMultiplier = part === "readout" ? 1 / fanIn : 1 / Math.sqrt(fanIn);
    const backwardMultiplier = part === "readout" || constraint === null ? 1 / Math.sqrt(fanOut) : forwardMultiplier;
    return { ...common, role, shape: [fanOut, fanIn], forwardMultiplier, backwardMultiplier, weightGradientMultiplier: 1 / Math.sqrt(rows) };
  });
}

describe("gradients of a unit-scaled transformer against the unit-scaling library", () => {
  for (const golden of cases)
    it(golden.name, async () => {
      const engine = await createEngine();
      const parameters = allocateParameters(engine, tensorsOf(golden));
      const { sequences: batch, feedForwardRatio, ...sizes } = scale;
      const choices = golden.gated ? ({ activation: "silu", gatedFeedForward: true } as const) : ({ activation: "gelu" } as const);
      const shape = { ...sizes, ...choices, batch, feedForwardWidth: feedForwardRatio * scale.width };
      const network = createTransformer(engine, shape, operationsOf(golden), parameters);
      parameters.forEach(({ weights, length }, index) => {
        fillUniform(engine.floats(weights, length), index + 1, 1);
      });
      fillIntegers(engine.integers(network.tokens, rows), 1000, scale.vocabularySize);
      fillIntegers(engine.integers(network.targets, rows), 2000, scale.vocabularySize);
      expect(Math.abs(network.forward() - golden.loss)).toBeLessThan(1e-5);
      network.backward();
      for (const { row, gradient, length } of parameters) {
        const expected = golden.gradients[row.name];
        const found = engine.floats(gradient, length);
        const rms = engine.kernels.rootMeanSquare(gradient, length);
        expect(Math.abs(rms / (expected?.rms ?? 0) - 1), row.name).toBeLessThan(1e-4);
        expected?.first.forEach((value, i) => {
          expect(Math.abs((found[i] ?? Number.NaN) - value) / rms, row.name).toBeLessThan(1e-4);
        });
      }
    });
});
