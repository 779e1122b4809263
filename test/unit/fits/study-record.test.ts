import { describe, expect, it } from "vitest";
import { recordAnswers, type StudyRecord } from "../../../analysis/fits/study-record.ts";

const record: StudyRecord = {
  study: "climb",
  fittedRows: 4,
  fittedRuns: 4,
  states: [
    { words: "finished", runs: 10 },
    { words: "failed", runs: 2 },
  ],
  failures: [{ words: "out-of-memory", runs: 2 }],
  variables: [{ name: "N", origin: "computed by Ladder" }],
  shapes: [
    { width: 64, depth: 2, headDimension: 8, parameterCountTotal: 2e6, parameterCountNonEmbedding: 1e6, runs: 2 },
    { width: 128, depth: 4, headDimension: 8, parameterCountTotal: 8e6, parameterCountNonEmbedding: 6e6, runs: 2 },
  ],
  tokenHorizons: [1e6, 4e6],
  batchSizes: [1024],
  endedEarly: 0,
  data: { words: "text corpus", digest: "1a2b3c4d5e6f7a8b9c0d", uniqueTokens: 2e6 },
  flopFormulas: ["6 x parameters without embeddings x tokens"],
  parametrizations: ["mup"],
  optimizer: "adam (beta1 0.9)",
  schedule: "schedule linear",
  sequenceLength: 128,
  held: ["weightDecay 0"],
  best: ["learningRate 0.01"],
  tuned: { cells: 4, swept: { learningRate: { cells: 4, values: 9 } }, edges: ["learningRate 0.01 (lowest tried) at width=64"] },
  trainer: {
    isReference: false,
    version: "2",
    programDigest: "f".repeat(64),
    command: "python train.py",
    commits: [{ words: "at commit 1a2b3c with changes 4d5e", runs: 4 }],
    executors: ["local"],
  },
  checkpoints: { files: 0, runs: 4, everySteps: 0, example: null },
  evaluation: { words: "cross entropy", tokens: [16384] },
  seeds: { deviation: null, trials: 0 },
  target: { words: "width=4096", timesLargest: 1234.5 },
};
const of = (id: string, changes: Partial<StudyRecord> = {}): string | undefined => recordAnswers({ ...record, ...changes })[id];

describe("what a study's record says of a checklist", () => {
  it("counts all runs with why some failed, and every shape with both counts", () => {
    expect(of("2.1")).toBe("in the whole study 10 finished, 2 failed; failed: 2 out-of-memory");
    expect(of("2.2")).toContain("64x2: 2e6 parameters, 1e6 without embeddings (2)");
  });

  it("says how often data is seen, as far as it is known", () => {
    expect(of("2.3")).toBe("1e6, 4e6 tokens each; text corpus, digest 1a2b3c4d5e6f; up to 2 epochs of 2e6 tokens");
    expect(of("2.3", { data: { ...record.data, uniqueTokens: 4e7 } })).toContain("at most 10 % of its 4e7 tokens");
    expect(of("2.3", { data: { ...record.data, uniqueTokens: "unlimited" } })).toContain("nothing is repeated");
    expect(of("2.3", { data: { ...record.data, digest: null, uniqueTokens: null } })).toContain(
      "not hashed; how much of it there is was not recorded",
    );
  });

  it("flags edges, and shapes that change their ratio", () => {
    expect(of("2.5")).toContain("on the edge of its grid: learningRate 0.01 (lowest tried) at width=64");
    expect(of("+4")).toBe("the best of up to 9 in 4 of 4 cells; on an edge: learningRate 0.01 (lowest tried) at width=64");
    expect(of("+4", { tuned: { cells: 4, swept: {}, edges: [] } })).toContain("one learning rate everywhere");
    expect(of("2.6")).toBe("width / depth stays at 32; head dimension 8; sequences of 128 tokens everywhere");
    const wide = record.shapes.map((shape) => ({ ...shape, depth: 2 }));
    expect(of("2.6", { shapes: wide })).toContain("width / depth drifts from 32 to 64, a second thing that changes with size");
  });

  it("leaves open what another trainer averages, and what one seed cannot tell", () => {
    expect(of("3.2")).toBeUndefined();
    expect(of("3.2", { trainer: { ...record.trainer, isReference: true } })).toContain("neither averaged nor smoothed");
    expect(of("+1")).toBeUndefined();
    expect(of("+1", { seeds: { deviation: 0.01, trials: 12 } })).toBe(
      "standard deviation 0.01 nats per token over seeds, pooled over 12 trials",
    );
    expect(of("1.4")).toBeUndefined();
  });

  it("names code, checkpoints, unfinished schedules and the target", () => {
    expect(of("2.7")).toBe("python train.py, version 2, program digest ffffffffffff; 4 at commit 1a2b3c with changes 4d5e; by local");
    expect(of("3.1")).toBe("none is kept (checkpointEverySteps 0)");
    expect(of("3.3", { endedEarly: 1 })).toBe("one a run, the last of 4 runs, 1 of them before the end of their schedule");
    expect(of("+6")).toBe("the study's target, width=4096, takes 1230 times the largest fitted FLOPs");
  });
});
