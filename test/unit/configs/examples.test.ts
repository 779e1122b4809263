import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";
import { findConfigFormat } from "../../../infra/configs/index.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";

const folder = new URL("../../../examples/", import.meta.url).pathname;
const studyFiles = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  if (entry.name.endsWith(".yaml")) return [entry.name];
  const inside = join(entry.name, "study.yaml");
  return entry.isDirectory() && existsSync(join(folder, inside)) ? [inside] : [];
});
const trainer = { version: "1", programDigest: "0".repeat(64) };

test("every example that is promised is there", () => {
  expect(studyFiles.sort()).toEqual([
    "depth-transfer.yaml",
    "independent-search.yaml",
    "mlp-teacher.yaml",
    "munit.yaml",
    "own-trainer/study.yaml",
    "shampoo-transfer.yaml",
    "u-mup.yaml",
    "variant-matrix.yaml",
    "width-transfer.yaml",
  ]);
});

describe.each(studyFiles)("%s", (file) => {
  test("is a study without problems, and can be planned", () => {
    const spec = parseStudyFile(readFileSync(join(folder, file), "utf8"), file);
    const sha256 = "0".repeat(64);
    const data: Data =
      spec.data.kind === "package" || spec.data.kind === "text"
        ? { kind: "text", id: "text", path: "text", sha256, heldOutFraction: spec.data.heldOutFraction }
        : spec.data;
    const plan = planTrials(spec, data, trainer);
    expect(plan.length).toBeGreaterThan(8);
    const keys = plan.flatMap((trial) => trial.runs.map((run) => run.runKey));
    // The base scale is in the sweep of a grid, so rule sets share its runs.
    if (spec.parametrizations.length > 1 && spec.strategy.name === "grid") expect(new Set(keys).size).toBeLessThan(keys.length);
    else expect(new Set(keys).size).toBe(keys.length);
  });
});

test("the demo is 112 runs, of which 14 are shared: 98 trainings", () => {
  const spec = parseStudyFile(readFileSync(join(folder, "width-transfer.yaml"), "utf8"), "width-transfer.yaml");
  const plan = planTrials(spec, { kind: "text", id: "moby-dick", path: "text", sha256: "0".repeat(64), heldOutFraction: 0.05 }, trainer);
  const keys = plan.flatMap((trial) => trial.runs.map((run) => run.runKey));
  expect([keys.length, new Set(keys).size]).toEqual([112, 98]);
  expect(plan[0]?.runs[0]?.resolved.schedule).toMatchObject({ shape: "linear", warmupSteps: 20, totalSteps: 200, finalFraction: 0 });
});

test("the nanoGPT-mup config is the demo's target: width 256, depth 2, heads of 8, the same tokens", () => {
  const text = readFileSync(join(folder, "configs/nanogpt-mup.py"), "utf8");
  const format = findConfigFormat(text, "nanogpt-mup.py");
  const spec = parseStudyFile(readFileSync(join(folder, "width-transfer.yaml"), "utf8"), "width-transfer.yaml");
  expect(format.id).toBe("nanogpt-mup");
  expect(format.readScale(text)).toEqual({
    width: spec.target.width,
    depth: 2,
    headDimension: 8,
    batchSizeTokens: 256,
    tokenHorizon: 51_200,
  });
});
