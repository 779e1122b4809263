import { describe, expect, it } from "vitest";
import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";
import { optimizerSchema, type TensorRow } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../trainers/reference/training/parameters.ts";
import { trainRun } from "../../../trainers/reference/training/train-run.ts";
import { exampleRow, mlpRun, transformerRun } from "./example-runs.ts";

const problemsOf = (promise: Promise<unknown>): Promise<readonly Problem[]> =>
  promise.then(
    () => {
      throw new Error("nothing was refused");
    },
    (error: unknown) => {
      if (!(error instanceof LadderError)) throw error;
      expect(error).toMatchObject({ kind: "input", code: "OPTIMIZER_UNSUPPORTED" });
      return error.problems;
    },
  );

async function created(settings: object, rows: readonly TensorRow[]) {
  const engine = await createEngine();
  return createOptimizer(engine, optimizerSchema.parse(settings), allocateParameters(engine, rows));
}

describe("optimizers of matrices", () => {
  for (const name of ["muon", "shampoo", "kfac", "foof"])
    it(`${name} refuses a vector that no fallback takes, and says how to give it one`, async () => {
      const rows = [exampleRow("hidden.bias", "bias", [4], 0.1, { damping: { fanIn: 1, fanOut: 1 } })];
      const fallback = { name: "adam", beta1: 0.9, beta2: 0.95, roles: ["normGain"] };
      expect(await problemsOf(created({ name, fallback }, rows))).toEqual([
        {
          path: 'tensors["hidden.bias"]',
          message: `${name} updates matrices only`,
          value: "shape [4]",
          fix: 'add role "bias" to optimizer.fallback.roles, with an element-wise optimizer',
        },
      ]);
      await expect(created({ name, fallback: { ...fallback, roles: ["bias"] } }, rows)).resolves.toBeDefined();
    });

  it("K-FAC and FOOF refuse a tensor without damping above 0", async () => {
    const run = mlpRun({ depth: 1 });
    const damped = (damping: TensorRow["damping"]) => ({
      ...run,
      tensors: run.tensors.map((row) => (row.name === "readout" ? { ...row, damping } : { ...row, damping: { fanIn: 1, fanOut: 1 } })),
    });
    for (const damping of [undefined, { fanIn: 0, fanOut: 1 }, { fanIn: 1, fanOut: 0 }]) {
      const refused = { ...damped(damping), optimizer: optimizerSchema.parse({ name: "kfac" }) };
      expect(await problemsOf(trainRun(refused))).toMatchObject([
        { path: 'tensors["readout"].damping', fix: "give damping.fanIn and damping.fanOut, above 0" },
      ]);
    }
    const foof = { ...damped({ fanIn: 1, fanOut: 0 }), optimizer: optimizerSchema.parse({ name: "foof" }) };
    await expect(trainRun(foof)).resolves.toMatchObject({ status: "finished" });
  });

  it("K-FAC and FOOF refuse a model that does not keep what passed through its matrices", async () => {
    const run = transformerRun({ depth: 1 });
    const tensors = run.tensors.map((row) => ({ ...row, damping: { fanIn: 1, fanOut: 1 } }));
    const problems = await problemsOf(trainRun({ ...run, tensors, optimizer: optimizerSchema.parse({ name: "kfac" }) }));
    expect(problems.map(({ path }) => path)).toEqual(run.tensors.map(({ name }) => `tensors["${name}"]`));
    expect(problems[0]?.message).toContain("kfac needs inputs and output gradients of this tensor");
  });
});
