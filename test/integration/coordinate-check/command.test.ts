import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { measuredCheckSchema } from "../../../analysis/coordinate-check/measured-check.ts";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { runCommandLine } from "../../../cli/program.ts";
import { identifyProcess } from "../../../infra/processes.ts";
import { readSettings } from "../../../infra/settings.ts";
import { recordingStreams } from "../../unit/cli/recording-streams.ts";
import { createJournal, type Journal, modes, scriptedStudy } from "./scripted-study.ts";

let folder = "";
let journal: Journal;
let interruption: AbortController;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-command-"));
  journal = createJournal();
  interruption = new AbortController();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  journal.remove();
});

/** `ladder coordinate-check study.yaml …` where no stack runs. */
async function check(changes: Partial<StudySpecInput>, ...words: readonly string[]) {
  const file = join(folder, "study.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(scriptedStudy(journal, changes)));
  const streams = recordingStreams();
  const code = await runCommandLine(["coordinate-check", file, "--seeds", "1,2", ...words], {
    streams,
    readSettings: () => readSettings({ PATH: process.env["PATH"] }, folder),
    interrupted: interruption.signal,
    version: "test",
  });
  return { code, ...streams.read() };
}

describe("ladder coordinate-check, without a stack", () => {
  it("answers 0 for a pass, in 80 columns without colour, and says that it is no transfer", async () => {
    const { code, out, err } = await check({});
    expect(code).toBe(0);
    expect(out).toContain("pass over width 8 to 32, 5 updates, 2 seeds");
    expect(out.replace(/\s+/g, " ")).toContain("one batch of 4, constant schedule without warm-up");
    expect(out.replace(/\s+/g, " ")).toContain(
      "It does not say that the best learning rate stays put over width: ladder transfer tests that.",
    );
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).not.toContain("\u001B");
    expect(err.match(/^mup: \d\/6 width \d+ seed [12]: finished$/gm)).toHaveLength(6);
    // The largest learning rate of the space.
    expect(out).toContain("learningRate=0.02");
    expect(journal.starts()).toHaveLength(6);
  });

  it("answers 10 for a fail and names module, step, slope, interval and bound", async () => {
    const { code, out } = await check({ hyperparameters: { changeSlope: 0.3 } });
    expect(code).toBe(10);
    expect(out.replace(/\s+/g, " ")).toContain(
      "RMS of the change grows over width with slope +0.30 after 1 update (95 % +0.30 to +0.30), at or beyond ±0.15",
    );
  });

  it("answers 11 for what is undecided", async () => {
    expect((await check({ hyperparameters: { changeSlope: 0.12 } })).code).toBe(11);
  });

  it("passes at 6 steps and fails at 8 where the trainer breaks in between", async () => {
    const breaks = { hyperparameters: { breaksAt: 7 } };
    expect((await check(breaks, "--steps", "6")).code).toBe(0);
    expect((await check(breaks, "--steps", "8")).code).toBe(10);
  });

  it("answers for all rule sets unless one is asked for: the worst counts", async () => {
    const both = {
      parametrizations: ["mup", "slow"],
      variants: { slow: { parametrization: "mup", hyperparameters: { sizeSlope: -0.5 } } },
    };
    const { code, out } = await check(both);
    expect(code).toBe(10);
    expect(out).toMatch(/^mup {2}sgd/m);
    expect(out).toMatch(/^slow {2}sgd/m);
    expect((await check(both, "--parametrization", "mup")).code).toBe(0);
  });

  it("prints one JSON object that holds every value, and writes a page that needs no network", async () => {
    const page = join(folder, "check.html");
    const { code, out } = await check({ hyperparameters: { changeSlope: 0.3 } }, "--json", "--output", page);
    expect(code).toBe(10);
    const document: unknown = JSON.parse(out);
    expect(document).toMatchObject({ study: "scripted", axis: "width", checks: [{ reused: false, stored: false }] });
    const [first] = (document as { checks: readonly object[] }).checks;
    const { reused: _reused, stored: _stored, ...measured } = { reused: false, stored: false, ...first };
    const parsed = measuredCheckSchema.parse(measured);
    expect(parsed.check.rows).toHaveLength(3 * 2 * 6 * 2 * 3);
    expect(parsed.runKeys).toHaveLength(6);
    const html = readFileSync(page, "utf8");
    expect(html).toContain("coordinate check over width");
    expect(html).toContain("What this does not say");
    expect(html.match(/data-figure="/g)).toHaveLength(2);
    expect(html).not.toMatch(/<script[^>]+src=|<link[^>]+href=/);
  });

  it("says of a trainer that writes no coordinates what to write, and where that is said", async () => {
    const { code, err } = await check({ hyperparameters: { mode: modes.silent } });
    expect(code).toBe(6);
    expect(err.replace(/\s+/g, " ")).toMatch(/the trainer finished at width \d+, seed \d, but wrote no coordinates/);
    expect(err).toContain("docs/trainer-contract.md");
  });

  it("says why a run failed, and leaves the others alone", async () => {
    const { code, err } = await check({ hyperparameters: { mode: modes.crashes } });
    expect(code).toBe(6);
    expect(err.replace(/\s+/g, " ")).toContain("ended as failed: exit 1: no room on the device");
  });

  it("fails where a width diverges", async () => {
    const { code, out } = await check({ hyperparameters: { mode: modes.diverges } });
    expect(code).toBe(10);
    expect(out.replace(/\s+/g, " ")).toContain("the run at width 32, seed 1 diverged at step 2, the first of 2 runs");
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const ended = check({ hyperparameters: { mode: modes.hangs } });
    while (journal.starts().length < 2) await sleep(20);
    interruption.abort("SIGINT");
    expect((await ended).code).toBe(130);
    for (const pid of journal.starts()) expect(identifyProcess(pid)).toBeUndefined();
    expect(journal.starts()).toHaveLength(2);
  });

  it.each([
    [["--values", "8"], "at least two different values"],
    [["--axis", "batch"], "must be width or depth"],
    [["--axis", "depth"], "a slope over depth needs two values"],
    [["--learning-rate", "-1"], "must be above 0"],
    [["--parametrization", "mupp"], 'there is no parametrization "mupp"'],
  ])("refuses %s", async (words, message) => {
    const { code, err } = await check({}, ...words);
    expect(code).toBe(2);
    expect(err.replace(/\s+/g, " ")).toContain(message);
    expect(journal.starts()).toEqual([]);
  });
});
