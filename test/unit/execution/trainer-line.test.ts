import { describe, expect, it } from "vitest";
import { parseTrainerLine } from "../../../infra/trainer-contract/trainer-line.ts";

describe("one line of a trainer's output", () => {
  it("gives a point per metric, with its step and tokens", () => {
    expect(parseTrainerLine('{"step": 3, "tokens": 96, "loss": 1.5, "lr/hidden": 0.01}')).toEqual({
      kind: "metric",
      step: 3,
      points: [
        { name: "loss", step: 3, value: 1.5, tokens: 96 },
        { name: "lr/hidden", step: 3, value: 0.01, tokens: 96 },
      ],
    });
  });

  it("reads numeric strings and the strings NaN and Infinity", () => {
    const line = parseTrainerLine('{"step":"7","loss":"NaN","a":"-Infinity","b":" 1e-3 "}');
    expect(line).toEqual({
      kind: "metric",
      step: 7,
      points: [
        { name: "loss", step: 7, value: Number.NaN },
        { name: "a", step: 7, value: -Infinity },
        { name: "b", step: 7, value: 0.001 },
      ],
    });
  });

  it("reads the bare NaN and Infinity of Python's json.dumps, but not inside strings", () => {
    expect(parseTrainerLine('{"step": 1, "loss": NaN, "x": -Infinity}')).toEqual({
      kind: "metric",
      step: 1,
      points: [
        { name: "loss", step: 1, value: Number.NaN },
        { name: "x", step: 1, value: -Infinity },
      ],
    });
    expect(parseTrainerLine('{"event": "checkpoint", "step": 1, "path": "NaN/a\\"Infinity"}')).toMatchObject({
      kind: "event",
      event: { path: 'NaN/a"Infinity' },
    });
  });

  it("keeps the readable points of a line that is only partly readable, and says what is wrong", () => {
    expect(parseTrainerLine('{"step":1,"loss":2,"note":"warm","grad":null}')).toEqual({
      kind: "metric",
      step: 1,
      points: [{ name: "loss", step: 1, value: 2 }],
      problem: "`note` is not a number; `grad` is not a number",
    });
  });

  it("does not store time stamps and kinds", () => {
    expect(parseTrainerLine('{"step":1,"t":"2026-01-01T00:00:00Z","kind":"metric","loss":2}')).toEqual({
      kind: "metric",
      step: 1,
      points: [{ name: "loss", step: 1, value: 2 }],
    });
  });

  it.each([
    ['{"step":1,', "not a JSON object"],
    ["[1,2]", "a line must be a JSON object"],
    ['{"loss":1}', "neither `event` nor a numeric `step`"],
    ['{"step":-1,"loss":1}', "step -1 is not a whole number >= 0"],
    ['{"step":1.5,"loss":1}', "step 1.5 is not a whole number >= 0"],
    ['{"step":"NaN","loss":1}', "step NaN is not a whole number >= 0"],
    ['{"event":"done","step":1}', "event line: loss: "],
    ['{"event":"party"}', "event line: event: "],
    ["null", "a line must be a JSON object"],
  ])("says why %s is bad", (text, problem) => {
    const line = parseTrainerLine(text);
    expect(line.kind).toBe("bad");
    if (line.kind === "bad") expect(line.problem).toContain(problem);
  });

  it("passes over blank lines", () => {
    expect(parseTrainerLine("  \r")).toEqual({ kind: "blank" });
  });

  it("reads every event of the contract", () => {
    for (const text of [
      '{"event":"resumed","firstStep":4}',
      '{"event":"checkpoint","step":4,"path":"/x"}',
      '{"event":"coordinates","step":1,"values":{"a":"NaN"}}',
      '{"event":"diverged","step":4}',
      '{"event":"done","step":4,"loss":"1.25","tokens":8}',
    ]) {
      expect(parseTrainerLine(text).kind).toBe("event");
    }
  });
});
