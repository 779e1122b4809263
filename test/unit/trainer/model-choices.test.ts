import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { activations, optimizerSchema, type TrainerEvent, type TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { type MetricLine, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { mlpVariant, transformerVariant } from "./model-runs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-choices-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function trained(run: TrainerRun) {
  const lines: (MetricLine | TrainerEvent)[] = [];
  const outcome = await trainRun(run, { write: (line) => lines.push(line) });
  const checkpoint = lines.find((line) => "event" in line && line.event === "checkpoint");
  const last = lines.findLast((line) => !("event" in line) && "loss" in line);
  return { outcome, last, path: checkpoint !== undefined && "path" in checkpoint ? checkpoint.path : null };
}

const options = { steps: 10, depth: 1 } as const;
const variants: Readonly<Record<string, TrainerRun>> = {
  "gated, norms last, everything trained": transformerVariant(
    { activation: "silu", gatedFeedForward: true, biases: true, normGains: "vector", normPosition: "branchOutput" },
    options,
  ),
  "scalar gains": transformerVariant({ activation: "gelu", normGains: "scalar" }, options),
  "norms last without gains": transformerVariant({ activation: "squaredRelu", normPosition: "branchOutput" }, options),
  "multi-layer perceptron with biases": mlpVariant({ activation: "tanh", biases: true }, { steps: 10 }),
};

describe("choices of a model", () => {
  for (const [name, plain] of Object.entries(variants))
    it(`${name}: stopped and resumed ends with the same bits, every tensor trained`, async () => {
      const run = { ...plain, checkpoint: { folder, everySteps: 5 } };
      const whole = await trained(run);
      expect(whole.outcome.status).toBe("finished");
      const resumed = await trained({ ...run, resumeFrom: whole.path, checkpoint: { folder, everySteps: 0 } });
      expect(resumed.outcome.loss).toBe(whole.outcome.loss);
      expect(resumed.last).toEqual(whole.last);
    });

  it("relu written out is the relu that is meant where it is left out, to the bit", async () => {
    const [plain, written] = [
      await trained(transformerVariant({}, options)),
      await trained(transformerVariant({ activation: "relu" }, options)),
    ];
    expect(written.last).toEqual(plain.last);
  });

  it("each activation gives another loss", async () => {
    const losses = new Set<number | null>();
    for (const activation of activations) losses.add((await trained(transformerVariant({ activation }, options))).outcome.loss);
    expect(losses.size).toBe(activations.length);
    expect(losses).not.toContain(null);
  });

  it("a matrix optimizer refuses the vectors until its fallback takes their roles", async () => {
    const run = variants["gated, norms last, everything trained"];
    if (run === undefined) throw new Error("no run");
    const fallback = { name: "adam", beta1: 0.9, beta2: 0.95, roles: ["input", "output"] };
    const withRoles = (roles: readonly string[]) =>
      trained({ ...run, optimizer: optimizerSchema.parse({ name: "muon", fallback: { ...fallback, roles } }) });
    await expect(withRoles(["input", "output"])).rejects.toMatchObject({ code: "OPTIMIZER_UNSUPPORTED" });
    await expect(withRoles(["input", "output", "bias", "normGain"])).resolves.toMatchObject({ outcome: { status: "finished" } });
  });

  it("K-FAC trains a multi-layer perceptron with biases when its fallback takes them", async () => {
    const run = variants["multi-layer perceptron with biases"];
    if (run === undefined) throw new Error("no run");
    const fallback = { name: "adam", beta1: 0.9, beta2: 0.95, roles: ["bias", "scalar"] };
    const tensors = run.tensors.map((row) => ({ ...row, damping: { fanIn: 0.1, fanOut: 0.1 } }));
    const kfac = { ...run, tensors, optimizer: optimizerSchema.parse({ name: "kfac", fallback }) };
    await expect(trained(kfac)).resolves.toMatchObject({ outcome: { status: "finished" } });
  });

  for (const [choice, missing] of [
    ["gatedFeedForward", "blocks.0.feedForward.gate"],
    ["biases", "blocks.0.attention.query.bias"],
    ["normGains", "finalNorm"],
  ] as const)
    it(`${choice} without its tensors is refused, and so are its tensors without it`, async () => {
      const run = transformerVariant({ [choice]: choice === "normGains" ? "vector" : true }, options);
      const plain = transformerVariant({}, options);
      const error: unknown = await trainRun({ ...plain, model: run.model }).catch((reason: unknown) => reason);
      if (!(error instanceof LadderError)) throw new Error("not refused");
      expect(error.code).toBe("TENSOR_TABLE_MISMATCH");
      expect(error.problems.map(({ message }) => message)).toContain(`no row for the model's tensor "${missing}"`);
      await expect(trainRun({ ...plain, tensors: run.tensors })).rejects.toMatchObject({ code: "TENSOR_TABLE_MISMATCH" });
    });
});
