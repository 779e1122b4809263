import { describe, expect, it } from "vitest";
import { parseFitDocument } from "../../../../analysis/fits/document/fit-document.ts";
import { openFit } from "../../../../analysis/fits/document/open-fit.ts";
import { jsonDifferences } from "../../../../analysis/fits/predictions/json-differences.ts";
import { checkPrintedConstants } from "../../../../analysis/fits/predictions/printed-constants.ts";
import { recomputeFit } from "../../../../analysis/fits/predictions/recompute-fit.ts";
import { isAtPlace, scoreRun } from "../../../../analysis/fits/predictions/score-run.ts";
import { findLaw } from "../../../../analysis/laws/index.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";
import { keptFit } from "../kept-fit.ts";
import { lossRows } from "../size-token-rows.ts";

describe("constants that somebody printed", () => {
  // huggingface/datablations#9: 8.7B parameters on 178B tokens, a seventh of them unique. Its program gives 2.226081 when it is run; it says
  // that it gave 2.2377, and 2.38 was read off a figure.
  const law = findLaw("data-constrained");
  const published = law.published[0]?.values ?? {};
  const at = { N: 8.7e9, D: 178e9, U: 178e9 / 7 };

  it("give their value to its digits, and no other one", () => {
    const check = (value: number) => checkPrintedConstants(law, { law: law.id, parameters: published, at, value });
    const right = check(2.226081);
    expect(right.matches).toBe(true);
    expect(Math.abs(right.computed - 2.226080995952325)).toBeLessThan(1e-6);
    expect(right.slack).toBeLessThan(5e-6);
    expect(check(2.23).matches).toBe(true);
    expect(check(2.38)).toMatchObject({ printed: 2.38, computed: right.computed, matches: false });
    expect(check(2.2377).matches).toBe(false);
    expect(check(2.2262).matches).toBe(false);
  });

  it("are allowed what their rounding moves the value by", () => {
    const chinchilla = findLaw("chinchilla");
    const exact = checkPrintedConstants(chinchilla, {
      law: "chinchilla",
      parameters: { E: 1.817, A: 478, B: 2143, alpha: 0.3473, beta: 0.3672 },
      at: { N: 7e10, D: 1.4e12 },
      value: 1.97337,
    });
    expect(exact.matches).toBe(true);
    expect(exact.slack).toBeGreaterThan(5e-4);
    expect(exact.slack).toBeLessThan(2e-3);
  });

  it("must be there, all of them", () => {
    const { RN: _left, ...rest } = published;
    expect(() => checkPrintedConstants(law, { law: law.id, parameters: rest, at: { N: 1e9, D: 1e9 }, value: 2 })).toThrow(
      /data-constrained also needs parameters.RN, at.U/,
    );
    try {
      checkPrintedConstants(law, { law: law.id, parameters: rest, at, value: 2 });
    } catch (error) {
      expect(error instanceof LadderError && error.code).toBe("CONSTANTS_INCOMPLETE");
    }
    // A term that is not there is said to be so.
    expect(checkPrintedConstants(law, { law: law.id, parameters: { ...published, E: null }, at, value: 0.357 }).matches).toBe(true);
  });
});

describe("a kept fit, made again", () => {
  const kept = keptFit(findLaw("chinchilla"), lossRows({ noise: 0.003 }), { holdoutBudgets: 1 });

  it("is the same to the last bit", () => {
    expect(recomputeFit(kept)).toEqual([]);
  });

  it("tells every number that somebody changed", () => {
    const json = JSON.parse(JSON.stringify(kept.document)) as typeof kept.document;
    const changed = {
      ...json,
      parameters: { ...json.parameters, E: { value: 1.69, interval95: [1.6, 1.7], identified: true, profile95: [1.6, 1.7] } },
    };
    const paths = recomputeFit(openFit(parseFitDocument(changed, "the fit"))).map(({ path }) => path);
    const members = ["value", "interval95.0", "interval95.1", "profile95.0", "profile95.1"];
    expect(paths).toEqual(members.map((member) => `parameters.E.${member}`));
    const [first = 0, ...others] = json.data.columns["loss"] ?? [];
    const moved = { ...json, data: { ...json.data, columns: { ...json.data.columns, loss: [first * 1.01, ...others] } } };
    const differences = recomputeFit(openFit(parseFitDocument(moved, "the fit")));
    expect(differences.map(({ path }) => path)).toContain("objective.value");
  });
});

describe("differences of JSON", () => {
  it("are told by path, to the last bit, members that only one has among them", () => {
    expect(jsonDifferences({ a: [1, { b: 2 }], c: "x", d: null }, { a: [1, { b: 2.0000000000000004 }], c: "x", e: [] })).toEqual([
      { path: "a.1.b", kept: "2", recomputed: "2.0000000000000004" },
      { path: "d", kept: "null", recomputed: "not there" },
      { path: "e", kept: "not there", recomputed: "[]" },
    ]);
    expect(jsonDifferences([], {})).toEqual([{ path: "", kept: "[]", recomputed: "{}" }]);
    expect(jsonDifferences({ a: [0.1, null] }, { a: [0.1, null] })).toEqual([]);
  });
});

describe("the score of a run", () => {
  const law = findLaw("chinchilla");
  const prediction = { at: { N: 7e10, D: 1.4e12 }, value: 2, interval95: { mean: [1.98, 2.02], newRun: [1.95, 2.05] } } as const;

  it("is of a run whose inputs are the asked ones within 1 %", () => {
    expect(isAtPlace(law, prediction, { N: 6.95e10, D: 1.41e12, loss: 1 })).toBe(true);
    expect(isAtPlace(law, prediction, { N: 6.9e10, D: 1.4e12 })).toBe(false);
    expect(isAtPlace(law, prediction, { N: 7e10, D: null })).toBe(false);
    expect(isAtPlace(law, prediction, { N: 7e10 })).toBe(false);
  });

  it("is inside or outside of the interval of a new run", () => {
    expect(scoreRun(prediction, "run 1", 1.96)).toEqual({ run: "run 1", measured: 1.96, error: 2 / 1.96 - 1, inside: true });
    expect(scoreRun(prediction, "run 2", 2.06).inside).toBe(false);
    expect(scoreRun(prediction, "run 3", 1.94).inside).toBe(false);
  });
});
