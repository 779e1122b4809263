import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { markovEntropyRate, markovSource, markovTokenSource } from "../../../trainers/reference/data/markov.ts";
import { stationaryDistribution } from "../../../trainers/reference/data/stationary-distribution.ts";
import { teacherSource } from "../../../trainers/reference/data/teacher.ts";
import { symbolsOf, textSource } from "../../../trainers/reference/data/text.ts";

const markov = { kind: "markov" as const, id: "m", seed: 5, vocabularySize: 6, concentration: 0.8 };

describe("markov source", () => {
  it("knows the entropy rate of a two-state chain", () => {
    const [p, q] = [0.3, 0.1]; // leave state 0, leave state 1
    const stationary = stationaryDistribution(Float64Array.of(1 - p, p, q, 1 - q), 2);
    expect(stationary[0]).toBeCloseTo(q / (p + q), 14);
    expect(stationary[1]).toBeCloseTo(p / (p + q), 14);
  });

  it("has rows that sum to 1 and a distribution that one step leaves as it is", () => {
    for (const vocabularySize of [2, 17, 600]) {
      const { transitions, stationary, size } = markovSource({ ...markov, vocabularySize });
      let worst = 0;
      for (let j = 0; j < size; j += 1) {
        let next = 0;
        for (let i = 0; i < size; i += 1) next += (stationary[i] ?? 0) * (transitions[i * size + j] ?? 0);
        worst = Math.max(worst, Math.abs(next - (stationary[j] ?? 0)));
      }
      expect(worst).toBeLessThan(1e-13);
      expect(stationary.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 12);
    }
  });

  it("entropy rate: what counting a long sample says, ln n when rows are uniform, small when they are sharp", () => {
    const source = markovTokenSource(markov, 6, 20_001, 1);
    const { transitions } = markovSource(markov);
    let surprise = 0;
    source.trainingWindows(0, 1, (_index, window) => {
      for (let t = 1; t < window.length; t += 1) surprise -= Math.log(transitions[(window[t - 1] ?? 0) * 6 + (window[t] ?? 0)] ?? 0);
    });
    expect(surprise / 20_000).toBeCloseTo(markovEntropyRate(markov), 1);
    expect(Math.abs(surprise / 20_000 - markovEntropyRate(markov))).toBeLessThan(0.02);
    expect(markovEntropyRate({ ...markov, concentration: 1e6 })).toBeCloseTo(Math.log(6), 9);
    expect(markovEntropyRate({ ...markov, concentration: 0.02 })).toBeLessThan(0.05);
  });

  it("gives every run the same held-out windows, and every seed its own training windows", () => {
    const windows = (seed: number, part: "training" | "heldOut") => {
      const source = markovTokenSource(markov, 6, 9, seed);
      const found: number[][] = [];
      const write = (_index: number, window: ArrayLike<number>) => void found.push(Array.from(window));
      if (part === "training") source.trainingWindows(3, 4, write);
      else source.heldOutWindows(2, 4, 8, write);
      return found;
    };
    expect(windows(1, "heldOut")).toEqual(windows(2, "heldOut"));
    expect(windows(1, "training")).toEqual(windows(1, "training"));
    expect(windows(1, "training")).not.toEqual(windows(2, "training"));
  });
});

describe("text", () => {
  const folder = mkdtempSync(join(tmpdir(), "ladder-text-"));
  const path = join(folder, "data.txt");
  const text = Array.from({ length: 400 }, (_, i) => `line ${i}: abc\n`).join("");
  writeFileSync(path, text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const data = { kind: "text" as const, id: "t", path, sha256, heldOutFraction: 0.1 };
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("maps newline and printable ASCII to 96 symbols and everything else to newline or space", () => {
    expect([...symbolsOf(Buffer.from("\n ~A\r\té"))]).toEqual([0, 1, 95, 34, 0, 1, 1, 1]);
    const all = symbolsOf(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    expect(new Set(all).size).toBe(96);
  });

  it("never trains on the held-out end, and evaluates evenly over it", () => {
    const symbols = symbolsOf(Buffer.from(text));
    const border = Math.floor(symbols.length * 0.9);
    const source = textSource(data, 96, 33, 1);
    const training = Buffer.from(symbols.subarray(0, border));
    const heldOut = Buffer.from(symbols.subarray(border));
    source.trainingWindows(0, 200, (_index, window) => expect(training.includes(Buffer.from(Array.from(window)))).toBe(true));
    const starts: number[] = [];
    for (let batch = 0; batch < 4; batch += 1)
      source.heldOutWindows(batch * 2, 2, 8, (_index, window) => starts.push(heldOut.indexOf(Buffer.from(Array.from(window)))));
    expect(starts[0]).toBe(0);
    expect(starts.at(-1)).toBe(heldOut.length - 33);
    expect([...starts].sort((a, b) => a - b)).toEqual(starts);
  });

  it("uses the same windows at every width and learning rate: they depend on seed and step alone", () => {
    const windows = (seed: number, step: number) => {
      const found: number[][] = [];
      textSource(data, 96, 17, seed).trainingWindows(step, 5, (_index, window) => void found.push(Array.from(window)));
      return found;
    };
    expect(windows(1, 4)).toEqual(windows(1, 4));
    expect(windows(1, 4)).not.toEqual(windows(1, 5));
    expect(windows(1, 4)).not.toEqual(windows(2, 4));
  });

  it("refuses a changed, a missing and a too short text, and a vocabulary that cannot hold it", () => {
    const refused =
      (changes: Partial<typeof data>, vocabulary = 96, length = 33) =>
      () =>
        textSource({ ...data, ...changes }, vocabulary, length, 1);
    expect(refused({ sha256: "0".repeat(64) })).toThrow(expect.objectContaining({ kind: "input", code: "DATA_CHANGED" }));
    expect(refused({ path: `${path}.none` })).toThrow(expect.objectContaining({ kind: "missing", code: "DATA_MISSING" }));
    expect(refused({}, 96, 5000)).toThrow(expect.objectContaining({ code: "DATA_TOO_SHORT" }));
    expect(refused({}, 95)).toThrow(expect.objectContaining({ code: "VOCABULARY_TOO_SMALL" }));
  });
});

describe("teacher", () => {
  it("labels the same inputs alike, uses every class, and keeps the held-out examples apart from the seed", () => {
    const data = { seed: 2, examples: 500 };
    const labels = (seed: number, part: "training" | "heldOut") => {
      const source = teacherSource(data, 8, 4, 300, seed);
      const found: [number, number][] = [];
      const write = (_index: number, inputs: Float32Array, label: number) => void found.push([inputs[0] ?? 0, label]);
      if (part === "training") source.trainingExamples(7, 300, write);
      else source.heldOutExamples(0, 300, write);
      return found;
    };
    expect(labels(1, "heldOut")).toEqual(labels(9, "heldOut"));
    expect(labels(1, "training")).not.toEqual(labels(9, "training"));
    const byInput = new Map<number, number>();
    for (const [input, label] of [...labels(1, "training"), ...labels(9, "training")]) {
      expect(byInput.get(input) ?? label).toBe(label);
      byInput.set(input, label);
    }
    expect(new Set(byInput.values())).toEqual(new Set([0, 1, 2, 3]));
  });
});
