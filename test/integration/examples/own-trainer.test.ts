import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import { trainerEventSchema } from "../../../analysis/study/trainer-contract.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";

const folder = new URL("../../../examples/own-trainer/", import.meta.url).pathname;
const python = spawnSync("python3", ["--version"]).status === 0;
if (!python && process.env["LADDER_REQUIRE_ALL"] === "1") throw new Error("LADDER_REQUIRE_ALL is set and there is no python3");

describe.skipIf(!python)("examples/own-trainer/train.py (skipped without python3)", () => {
  const spec = parseStudyFile(readFileSync(join(folder, "study.yaml"), "utf8"), "study.yaml");
  const plan = planTrials(spec, { kind: "external", id: "gaussian-teacher" }, { version: "1", programDigest: "0".repeat(64) });

  /** Lines that the trainer wrote for the trial at a width with a learning rate of 2^exponent under SP. */
  function train(width: number, exponent: number): readonly unknown[] {
    const trial = plan.find(
      (candidate) =>
        candidate.parametrization === "sp" &&
        candidate.scale.width === width &&
        candidate.hyperparameters["learningRate"] === 2 ** exponent,
    );
    const run = trial?.runs[0];
    if (run === undefined) throw new Error("no such trial");
    const work = mkdtempSync(join(tmpdir(), "ladder-example-"));
    try {
      writeFileSync(
        join(work, "run.json"),
        JSON.stringify({ ...run.resolved, runKey: run.runKey, attempt: 1, checkpoint: { folder: work, everySteps: 0 }, resumeFrom: null }),
      );
      execFileSync("python3", [join(folder, "train.py")], {
        cwd: work,
        env: { PATH: process.env["PATH"], LADDER_RUN: join(work, "run.json"), LADDER_METRICS: join(work, "metrics.jsonl") },
      });
      return readFileSync(join(work, "metrics.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  test("learns, says done with a loss, and the same run twice gives the same lines", () => {
    const lines = train(8, -4);
    const done = trainerEventSchema.parse(lines.at(-1));
    expect(done).toMatchObject({ event: "done", step: 100, tokens: 100 });
    expect(lines).toHaveLength(11);
    expect(done.event === "done" ? done.loss : Number.NaN).toBeLessThan(0.1);
    expect(train(8, -4)).toEqual(lines);
  });

  test("says diverged where the learning rate is too large", () => {
    expect(trainerEventSchema.parse(train(32, -2).at(-1))).toMatchObject({ event: "diverged" });
  });
});
