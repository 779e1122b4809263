import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";
import { trainerContractJsonSchema } from "../../../infra/trainer-contract/contract-schema.ts";
import { composeTrainerRun, writeRunFile } from "../../../infra/trainer-contract/run-file.ts";
import { exampleTrial } from "../../integration/postgres/example-study.ts";

const [planned] = exampleTrial({ parametrization: "sp", width: 16, learningRate: 0.01 }).runs;
if (planned === undefined) throw new Error("the example plans a run");
const options = {
  runKey: planned.runKey,
  attempt: 2,
  checkpointFolder: "/runs/checkpoints",
  checkpointEverySteps: 5,
  resumeFrom: "/runs/checkpoints/step-5",
};

describe("the file at LADDER_RUN", () => {
  it("holds what was planned and who the attempt is, and reads back as it was", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ladder-run-"));
    const run = composeTrainerRun(planned.resolved, options);
    await writeRunFile(join(folder, "run.json"), run);
    expect(trainerRunSchema.parse(JSON.parse(await readFile(join(folder, "run.json"), "utf8")))).toEqual({
      ...planned.resolved,
      runKey: planned.runKey,
      attempt: 2,
      checkpoint: { folder: "/runs/checkpoints", everySteps: 5 },
      resumeFrom: "/runs/checkpoints/step-5",
    });
    expect(await readdir(folder)).toEqual(["run.json"]);
    await rm(folder, { recursive: true });
  });

  it("is refused, field by field, when the stored configuration is another version's", () => {
    const other = { ...planned.resolved, tensors: planned.resolved.tensors.map((tensor) => ({ ...tensor, momentum: 1 })) };
    expect(() => composeTrainerRun(other, options)).toThrow(
      expect.objectContaining({
        kind: "rejected",
        code: "RUN_UNREADABLE",
        problems: [{ path: "tensors.0", message: expect.stringContaining("momentum") as string }],
      }) as Error,
    );
  });

  it("has a published JSON Schema that is current (write it with: npx tsx test/unit/execution/write-contract-schema.ts)", () => {
    const published: unknown = JSON.parse(readFileSync(new URL("../../../docs/trainer-contract.schema.json", import.meta.url), "utf8"));
    expect(published).toEqual(JSON.parse(JSON.stringify(trainerContractJsonSchema())));
  });
});
