import { describe, expect, it } from "vitest";
import pc from "picocolors";
import { endSentence, exitCodeOfStudy, followStudy } from "../../../cli/live-view.ts";
import { Output } from "../../../cli/output.ts";
import { renderProgress } from "../../../cli/progress-text.ts";
import type { StudyProgress } from "../../../operations/study-progress.ts";
import { exampleCell, exampleProgress } from "./example-progress.ts";
import { recordingStreams } from "./recording-streams.ts";

const colors = pc.createColors(false);
const never = new AbortController().signal;

describe("the view of a study", () => {
  it("reads at 80 columns", () => {
    const text = renderProgress(exampleProgress(), colors, 80);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatchInlineSnapshot(`
      "width-transfer  running
      Which learning rate should width 256 use?

      RULES  WIDTH               DONE  RUN  REUSED  SHARED  DIVERGED    BEST  AT
      sp        16  ██████████  14/14            7      14            2.5123  2^-6
      sp       128  ███░░░░░░░   5/14    2                         1  2.1000  2^-9
      mup       16  ██████████  14/14            7      14            2.5123  2^-6
      mup      128  ░░░░░░░░░░   0/14                                      –
      BEST: lowest held-out loss, nats per token. AT: its learningRate

      19 of 42 runs done · 2 running · 21 waiting · 1 diverged · 7 reused · 14 shared
      spent 1m 15s of processor time, 4.20e11 FLOPs · ETA 2m 10s"
    `);
  });

  it("says why a study stands and what failed", () => {
    const text = renderProgress(
      exampleProgress({
        state: "paused",
        why: "the same error 5 times in a row: out of memory",
        cells: [exampleCell("sp", 16, { failed: 5, queued: 9 })],
      }),
      colors,
      80,
    );
    expect(text).toContain("paused: the same error 5 times in a row: out of memory");
    expect(text).toContain("FAILED");
  });

  it("has something to say before there are runs", () => {
    expect(renderProgress(exampleProgress({ cells: [] }), colors, 80)).toContain("No runs yet.");
  });
});

/** Answers one state a look. */
function script(...states: readonly StudyProgress[]): () => Promise<StudyProgress> {
  let look = 0;
  return () => {
    const state = states[Math.min(look++, states.length - 1)];
    return state === undefined ? Promise.reject(new Error("an empty script")) : Promise.resolve(state);
  };
}

describe("following a study without a terminal", () => {
  const before = exampleProgress();
  const [first, second, ...rest] = before.cells;
  if (first === undefined || second === undefined) throw new Error("the example has cells");
  const after = exampleProgress({
    cells: [first, { ...second, finished: 5, running: 1 }, ...rest],
    totals: { ...before.totals, finished: 19, running: 1 },
  });
  const done = exampleProgress({ state: "finished", totals: { ...before.totals, finished: 41, running: 0, queued: 0 } });

  it("prints one line a change, nothing where nothing changed, and waits until cancelled runs have stopped", async () => {
    const streams = recordingStreams();
    await followStudy({
      output: new Output(streams, "table"),
      read: script(
        before,
        before,
        after,
        after,
        { ...after, state: "cancelled" },
        { ...after, state: "cancelled", totals: { ...after.totals, running: 0 } },
      ),
      interrupted: never,
      intervalMilliseconds: 1,
    });
    expect(streams.read().out.trimEnd().split("\n")).toEqual([
      "width-transfer running; 19 of 42 runs done · 2 running · 21 waiting · 1 diverged · 7 reused · 14 shared",
      "[20/42] sp width=128: 6/14 done (1 diverged), best 2.1000 at learningRate=2^-9, ETA 2m 10s",
      "width-transfer cancelled; 20 of 42 runs done · 1 running · 21 waiting · 1 diverged · 7 reused · 14 shared",
    ]);
  });

  it("returns the study's result as its exit code", async () => {
    const follow = async (state: StudyProgress): Promise<number> => {
      const { progress, end } = await followStudy({
        output: new Output(recordingStreams(), "json"),
        read: script(state),
        interrupted: never,
        intervalMilliseconds: 1,
      });
      return exitCodeOfStudy(progress, end, never);
    };
    expect(await follow(done)).toBe(0);
    expect(await follow({ ...done, totals: { ...done.totals, failed: 2 } })).toBe(13);
    expect(await follow({ ...done, state: "cancelled", totals: { ...done.totals, cancelled: 3 } })).toBe(13);
    expect(await follow({ ...before, state: "paused", totals: { ...before.totals, running: 0 } })).toBe(12);
  });

  it("gives up after the timeout with 12, and the study goes on", async () => {
    const { progress, end } = await followStudy({
      output: new Output(recordingStreams(), "table"),
      read: script(before),
      interrupted: never,
      timeoutSeconds: 0.01,
    });
    expect([end, exitCodeOfStudy(progress, end, never)]).toEqual(["timeout", 12]);
    expect(endSentence(progress, end)).toBe("still running; study continues: ladder watch width-transfer");
  });

  it("detaches on Ctrl-C with 130, on SIGTERM with 143", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const controller = new AbortController();
      const following = followStudy({
        output: new Output(recordingStreams(), "table"),
        read: script(before),
        interrupted: controller.signal,
        intervalMilliseconds: 1,
      });
      controller.abort(signal);
      const { progress, end } = await following;
      expect([end, exitCodeOfStudy(progress, end, controller.signal)]).toEqual(["interrupted", code]);
      expect(endSentence(progress, end)).toBe("detached; study continues: ladder watch width-transfer");
    }
  });

  it("gives programs one object a change", async () => {
    const streams = recordingStreams();
    await followStudy({
      output: new Output(streams, "jsonl"),
      read: script(before, before, done),
      interrupted: never,
      intervalMilliseconds: 1,
    });
    const lines = streams
      .read()
      .out.trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([before, done]);
  });
});
