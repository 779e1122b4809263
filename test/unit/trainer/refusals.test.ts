import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { formatLine } from "../../../trainers/reference/training/metrics-file.ts";
import { readRunFile } from "../../../trainers/reference/training/run-file.ts";
import { trainRun } from "../../../trainers/reference/training/train-run.ts";
import { exampleRow, mlpRun, transformerRun } from "./example-runs.ts";

/** The error that a run is refused with. */
async function refusal(run: TrainerRun): Promise<LadderError> {
  const error: unknown = await trainRun(run).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LadderError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe("tensor tables that are not the model's", () => {
  const run = transformerRun();
  it("names every problem at once: missing, left over, twice, wrong shape", async () => {
    const [token, position, query, ...rest] = run.tensors;
    if (token === undefined || position === undefined || query === undefined) throw new Error("no rows");
    const tensors = [
      position,
      { ...query, shape: [16, 8] },
      ...rest,
      exampleRow("blocks.7.attention.query", "hidden", [16, 16], 0.1),
      position,
    ];
    const error = await refusal({ ...run, tensors: tensors.map((row) => ({ ...row, group: row.name })) });
    expect(error).toMatchObject({ kind: "input", code: "TENSOR_TABLE_MISMATCH" });
    expect(error.problems.map(({ path, message }) => [path, message])).toEqual([
      ["tensors[1].shape", "blocks.0.attention.query has another shape at this scale"],
      ["tensors[14].name", "the model has no such tensor"],
      ["tensors[15].name", "this tensor has a second row"],
      ["tensors", 'no row for the model\'s tensor "tokenEmbedding"'],
    ]);
  });

  it("a group with two learning rates", async () => {
    const tensors = run.tensors.map((row, index) => (index === 3 ? { ...row, learningRate: 0.5 } : row));
    expect((await refusal({ ...run, tensors })).problems[0]).toMatchObject({ path: "tensors[3].learningRate" });
  });
});

describe("runs that this trainer cannot carry out", () => {
  const transformer = transformerRun();
  const cases: Readonly<Record<string, readonly [TrainerRun, string]>> = {
    "width that heads do not divide": [{ ...transformer, scale: { ...transformer.scale, headDimension: 5 } }, "scale.width"],
    "a horizon of part of a batch": [{ ...transformer, tokenHorizon: 33 }, "tokenHorizon"],
    "batches of part of a sequence": [{ ...transformer, scale: { ...transformer.scale, batchSizeTokens: 20 } }, "scale.batchSizeTokens"],
    "a residual block too few": [
      { ...transformer, operations: { ...transformer.operations, residualBlocks: transformer.operations.residualBlocks.slice(1) } },
      "operations.residualBlocks",
    ],
    "attention without a scale": [
      { ...transformer, operations: { ...transformer.operations, attentionLogitScale: null } },
      "operations.attentionLogitScale",
    ],
  };
  for (const [name, [run, path]] of Object.entries(cases))
    it(name, async () => {
      const error = await refusal(run);
      expect(error).toMatchObject({ kind: "input", code: "RUN_UNSUPPORTED" });
      expect(error.problems.map((problem) => problem.path)).toContain(path);
    });

  it("data of another kind", async () => {
    expect(await refusal({ ...mlpRun(), data: transformer.data })).toMatchObject({ code: "RUN_UNSUPPORTED" });
    expect(await refusal({ ...transformer, data: { kind: "external", id: "mine" } })).toMatchObject({ code: "RUN_UNSUPPORTED" });
  });

  it("a vocabulary smaller than the source's", async () => {
    const data = { kind: "markov" as const, id: "m", seed: 1, vocabularySize: 12, concentration: 1 };
    expect(await refusal({ ...transformer, data })).toMatchObject({ code: "VOCABULARY_TOO_SMALL" });
  });
});

describe("run files", () => {
  const folder = mkdtempSync(join(tmpdir(), "ladder-run-file-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const written = (content: string) => {
    const path = join(folder, "run.json");
    writeFileSync(path, content);
    return () => readRunFile(path);
  };
  it("are read back as they were written", () => {
    expect(written(JSON.stringify(transformerRun()))()).toEqual(transformerRun());
  });
  it("with unknown keys or values out of range are refused with their paths", () => {
    const run = mlpRun();
    const bad = { ...run, dropout: 0.1, tensors: run.tensors.map((row, index) => (index === 1 ? { ...row, initStd: -1 } : row)) };
    try {
      written(JSON.stringify(bad))();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ kind: "input", code: "RUN_FILE_INVALID" });
      if (!(error instanceof LadderError)) throw error;
      expect(error.problems.map(({ path }) => path).sort()).toEqual(["", "tensors[1].initStd"]);
      expect(error.problems.some(({ message }) => message.includes("dropout"))).toBe(true);
    }
  });
  it("that are no JSON or not there say so", () => {
    expect(written("{")).toThrow(expect.objectContaining({ kind: "input", code: "RUN_FILE_INVALID" }));
    expect(() => readRunFile(join(folder, "none.json"))).toThrow(expect.objectContaining({ kind: "missing", code: "RUN_FILE_MISSING" }));
  });
});

describe("odds", () => {
  it("numbers that JSON lacks are written as the contract reads them", () => {
    expect(formatLine({ step: 1, tokens: 2, loss: Number.NaN, "parameterRms/a": Infinity })).toBe(
      '{"step":1,"tokens":2,"loss":"NaN","parameterRms/a":"Infinity"}\n',
    );
  });

  it("Node without WebAssembly gets a clear message", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    await expect(createEngine()).rejects.toMatchObject({ kind: "unavailable", code: "NO_WEBASSEMBLY", hint: "run node without --jitless" });
    vi.unstubAllGlobals();
  });

  it("a model beyond 4 GiB gets a clear message", async () => {
    const engine = await createEngine();
    expect(() => engine.allocate(2 ** 30)).toThrow(expect.objectContaining({ kind: "unavailable", code: "OUT_OF_MEMORY" }));
  });
});
