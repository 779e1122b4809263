import { describe, expect, it } from "vitest";
import { decideOutcome, errorSignature, type TrainerEnd } from "../../../infra/trainer-contract/attempt-outcome.ts";
import { emptyAttemptRecord, recordLine } from "../../../infra/trainer-contract/attempt-record.ts";
import { parseTrainerLine } from "../../../infra/trainer-contract/trainer-line.ts";

const said = (...lines: string[]) => lines.map(parseTrainerLine).reduce(recordLine, emptyAttemptRecord);
const exited = (exitCode: number | null, signal: string | null = null): TrainerEnd => ({ kind: "exited", exitCode, signal });
const done = '{"event":"done","step":10,"loss":1.25,"tokens":320,"cpuSeconds":2}';

describe("what an attempt came to", () => {
  it("is finished with a done line and exit 0", () => {
    expect(decideOutcome(said('{"step":9,"loss":1.3}', done), exited(0), "")).toMatchObject({
      state: "finished",
      loss: 1.25,
      step: 10,
      tokens: 320,
      cpuSeconds: 2,
      message: null,
    });
  });

  it("keeps a result whatever happened after it", () => {
    expect(decideOutcome(said(done), exited(139), "Segmentation fault")).toMatchObject({
      state: "finished",
      loss: 1.25,
      message: "exit 139 after its result",
    });
    expect(decideOutcome(said(done), { kind: "lost", reason: "gone" }, "")).toMatchObject({ state: "finished", loss: 1.25 });
  });

  it("is a failure without a done line, exit 0 or not", () => {
    expect(decideOutcome(said('{"step":9,"loss":1.3}'), exited(0), "")).toMatchObject({
      state: "failed",
      errorClass: "no-done-line",
      loss: null,
    });
    expect(decideOutcome(said(), exited(1), "Traceback\nValueError: no such key\n")).toMatchObject({
      state: "failed",
      errorClass: "trainer-bug",
      message: "exit 1: ValueError: no such key",
    });
  });

  it("is diverged when the loss is not finite, however that was said", () => {
    expect(decideOutcome(said('{"event":"diverged","step":4}'), exited(1), "")).toMatchObject({ state: "diverged", step: 4, loss: null });
    expect(decideOutcome(said('{"event":"done","step":4,"loss":"NaN"}'), exited(0), "")).toMatchObject({ state: "diverged" });
    expect(decideOutcome(said('{"step":4,"loss":NaN}'), exited(1), "")).toMatchObject({ state: "diverged", message: "loss NaN at step 4" });
  });

  it("is preempted with exit 75, and when it was stopped by a polite signal it did not handle", () => {
    expect(decideOutcome(said(), exited(75), "")).toMatchObject({ state: "preempted", errorClass: "preemption" });
    expect(decideOutcome(said(), exited(null, "SIGTERM"), "")).toMatchObject({ state: "preempted", errorClass: "preemption" });
    expect(decideOutcome(said(), exited(143), "")).toMatchObject({ state: "preempted", errorClass: "preemption" });
  });

  it("tells memory from a kill that nobody explains", () => {
    expect(decideOutcome(said(), exited(1), "torch.OutOfMemoryError: CUDA out of memory.")).toMatchObject({
      state: "failed",
      errorClass: "out-of-memory",
    });
    expect(decideOutcome(said(), exited(null, "SIGKILL"), "")).toMatchObject({ state: "lost", errorClass: "lost" });
    expect(decideOutcome(said(), { kind: "lost", reason: "gone" }, "")).toMatchObject({
      state: "lost",
      errorClass: "lost",
      message: "gone",
    });
  });

  it("says that a program could not be started", () => {
    expect(
      decideOutcome(said(), { kind: "exited", exitCode: null, signal: null, startError: "cannot start python4: ENOENT" }, ""),
    ).toMatchObject({ state: "failed", errorClass: "trainer-bug", message: "cannot start python4: ENOENT" });
  });
});

describe("the signature of an error", () => {
  it("is the same for the same error at another step or address", () => {
    expect(errorSignature("trainer-bug", "exit 1: bad value 0x7f3a at step 120")).toBe(
      errorSignature("trainer-bug", "exit 1: bad value 0x11 at step 7"),
    );
    expect(errorSignature("trainer-bug", "exit 1: a")).not.toBe(errorSignature("trainer-bug", "exit 1: b"));
  });
});
