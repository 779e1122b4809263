import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineAssembler, longestLineBytes } from "../../../infra/trainer-contract/line-assembler.ts";
import { parseTrainerLine } from "../../../infra/trainer-contract/trainer-line.ts";

const metricLine = fc
  .record({
    step: fc.nat(),
    loss: fc.oneof(fc.double(), fc.constant("NaN")),
    note: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
  })
  .map((line) => JSON.stringify(line));

/** Cuts bytes at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** What a careless trainer would write of any value. */
function jsonText(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  return typeof text === "string" ? text : "undefined";
}

describe("lines from a byte stream", () => {
  it("are the same however the stream is split", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(metricLine, fc.string({ unit: "binary" }))),
        fc.boolean(),
        fc.array(fc.nat(5000), { maxLength: 40 }),
        (texts, endsWithNewline, places) => {
          const bytes = Buffer.from(texts.join("\n") + (endsWithNewline ? "\n" : ""));
          const whole = new LineAssembler();
          const expected = [...whole.push(bytes)];
          const pieces = new LineAssembler();
          const actual = cut(bytes, places).flatMap((piece) => [...pieces.push(piece)]);
          expect(actual).toEqual(expected);
          expect(actual.map((line) => parseTrainerLine(line.text))).toEqual(expected.map((line) => parseTrainerLine(line.text)));
          expect(pieces.flush()).toEqual(whole.flush());
          expect(pieces.completeUntil).toBe(bytes.length);
        },
      ),
      { seed: 20261124, numRuns: 500 },
    );
  });

  it("go on from any offset that was complete", () => {
    fc.assert(
      fc.property(fc.array(metricLine, { minLength: 1 }), fc.nat(5000), (texts, place) => {
        const bytes = Buffer.from(`${texts.join("\n")}\n`);
        const first = new LineAssembler();
        const before = first.push(bytes.subarray(0, place % (bytes.length + 1)));
        const second = new LineAssembler(first.completeUntil, first.nextNumber);
        const after = second.push(bytes.subarray(first.completeUntil));
        expect([...before, ...after]).toEqual([...new LineAssembler().push(bytes)]);
      }),
      { seed: 20261124 },
    );
  });

  it("parsing never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.anything().map(jsonText)), (text) => {
        expect(["metric", "event", "bad", "blank"]).toContain(parseTrainerLine(text).kind);
      }),
      { seed: 20261124, numRuns: 2000 },
    );
  });

  it("are cut, not kept whole, when they are longer than a megabyte", () => {
    const assembler = new LineAssembler();
    for (let piece = 0; piece < 40; piece++) assembler.push(new Uint8Array(65_536).fill(0x61));
    const [line, next] = assembler.push(Buffer.from('\n{"step":1}\n'));
    expect(line?.text.length).toBe(longestLineBytes + 1);
    expect(next).toEqual({ number: 2, text: '{"step":1}' });
  });
});
