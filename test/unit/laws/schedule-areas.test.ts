import { describe, expect, it } from "vitest";
import { scheduleAreas } from "../../../analysis/laws/schedule-areas.ts";

const last = (values: Float64Array): number => values[values.length - 1] ?? Number.NaN;

describe("areas of a learning-rate schedule", () => {
  it("of a constant one: what was trained grows by the rate, nothing is annealed", () => {
    const { trained, annealed } = scheduleAreas(new Float64Array(5).fill(0.1));
    expect([...trained].map((value) => Number(value.toFixed(12)))).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect([...annealed]).toEqual([0, 0, 0, 0, 0]);
  });

  it("is the double sum of the paper: every fall counts, decayed by its age, at every later update", () => {
    const rates = [1, 1, 0.7, 0.7, 0.4, 0.1, 0.1];
    const decay = 0.9;
    let expected = 0;
    for (let update = 1; update < rates.length; update += 1)
      for (let fall = 1; fall <= update; fall += 1) {
        let weight = 1;
        for (let age = fall; age < update; age += 1) weight *= decay;
        expected += ((rates[fall - 1] ?? 0) - (rates[fall] ?? 0)) * weight;
      }
    expect(last(scheduleAreas(Float64Array.from(rates), decay).annealed)).toBeCloseTo(expected, 12);
  });

  it("grows longer with slower decay, and a rise takes annealing back", () => {
    const falling = Float64Array.from({ length: 100 }, (_, step) => 1 - step / 100);
    expect(last(scheduleAreas(falling, 0.999).annealed)).toBeGreaterThan(last(scheduleAreas(falling, 0.9).annealed));
    const back = Float64Array.from([1, 0.5, 0.5, 1, 1, 1]);
    expect(last(scheduleAreas(back, 1).annealed)).toBeCloseTo(1, 12);
    expect(scheduleAreas(Float64Array.from([0.5, 1, 1]), 0.9).annealed[2]).toBeLessThan(0);
  });

  it("reads warm-up as the peak, so that it is no annealing undone", () => {
    const rates = Float64Array.from([0.25, 0.5, 0.75, 1, 1, 0.5]);
    const { trained, annealed } = scheduleAreas(rates, 0.9, 3);
    expect(trained[3]).toBe(4);
    expect([...annealed.slice(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(annealed[5]).toBeCloseTo(0.5, 12);
  });

  it("refuses a decay outside of 0 … 1", () => {
    expect(() => scheduleAreas(new Float64Array(2), 1.1)).toThrow(/decay of S2 is 1.1/);
  });
});
