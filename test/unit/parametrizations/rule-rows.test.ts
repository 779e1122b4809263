import { describe, expect, test } from "vitest";
import { findDefinition, findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptions } from "../../../analysis/parametrizations/options.ts";
import { exponentFormula, ruleFormula } from "../../../analysis/parametrizations/pages/rule-formula.ts";
import { changedRows, ruleRows } from "../../../analysis/parametrizations/pages/rule-rows.ts";
import { summariseRules, summaryColumns } from "../../../analysis/parametrizations/pages/rule-summary.ts";

const content = (id: string) => {
  const [name = "", written = ""] = id.split(":");
  const definition = findDefinition(name);
  return definition.build(readOptions(definition, written));
};

describe("a rule in symbols", () => {
  test("growth has short names, sizes their own", () => {
    expect(ruleFormula({ exponents: { fanIn: -1 / 2, fanOut: 1 } }, "growth")).toBe("m_in^-1/2 × m_out");
    expect(ruleFormula({ exponents: { depth: -1 / 2 }, constant: 0.5 }, "size")).toBe("0.5 × depth^-1/2");
    expect(ruleFormula({ exponents: {} }, "growth")).toBe("1");
    expect(ruleFormula({ exponents: {}, constant: 0 }, "growth")).toBe("0");
  });

  test("exponents that depend on a preconditioner's are written out, in brackets", () => {
    expect(exponentFormula({ constant: 1, exponentLeft: -1, exponentRight: -1 })).toBe("1 - eL - eR");
    expect(exponentFormula({ constant: 0, exponentLeft: 1 / 2 })).toBe("eL/2");
    expect(exponentFormula({ constant: -1, exponentRight: 2 })).toBe("-1 + 2 eR");
    expect(exponentFormula({ constant: 0 })).toBe("0");
    expect(ruleFormula({ exponents: { fanIn: { constant: -1, exponentLeft: 1, exponentRight: 1 } } }, "growth")).toBe(
      "m_in^(-1 + eL + eR)",
    );
  });
});

describe("rules as rows", () => {
  test("those that differ in role or optimizer family alone are one row", () => {
    const rows = ruleRows(content("mup")).filter(({ quantity, families }) => quantity === "learningRate" && families.includes("sgd"));
    expect(rows.map(({ roles, formula }) => [roles.join(" "), formula])).toEqual([
      ["input bias normGain", "m_out"],
      ["hidden", "m_in^-1 × m_out"],
      ["output", "m_in"],
    ]);
    expect(ruleRows(content("sp")).map(({ quantity, roles, families }) => [quantity, roles.join(" "), families.length])).toEqual([
      ["initStd", "hidden output", 0],
      ["attentionLogitScale", "", 0],
    ]);
  });

  test("an option is told by what it takes away and what it adds", () => {
    const { added, dropped } = changedRows(content("mup"), content("mup:epsilon=hidden"));
    expect(dropped).toEqual([]);
    expect(added.map(({ quantity, roles, families, formula }) => [quantity, roles, families, formula])).toEqual([
      ["epsilon", ["hidden"], ["adamLike"], "m_out^-1"],
    ]);
    const attention = changedRows(content("mup"), content("mup:attention=inverse"));
    expect([attention.dropped, attention.added].map((rows) => rows.map(({ formula }) => formula))).toEqual([
      ["m_head^-1"],
      ["headDimension^-1"],
    ]);
    expect(changedRows(content("mup"), content("mup:form=3"))).toEqual({ dropped: [], added: [] });
  });
});

describe("rules in use", () => {
  const formulas = (id: string, quantity: string, optimizer: string) =>
    summariseRules(findParametrization(id)).find((row) => row.quantity === quantity && row.optimizers.includes(optimizer))?.formulas;

  test("are those of the form: table 3 has no multiplier, table 9 one on both ends", () => {
    expect(summaryColumns).toHaveLength(5);
    expect(formulas("mup", "learningRate", "adam")).toEqual(["1", "m_in^-1", "1", "1", "1"]);
    expect(formulas("mup:form=3", "learningRate", "adam")).toEqual(["1", "m_in^-1", "m_in^-1", "1", "1"]);
    expect(formulas("mup:form=3", "forwardMultiplier", "adam")).toBeUndefined();
    expect(formulas("mup:form=9", "learningRate", "adam")).toEqual(["m_out^-1/2", "m_in^-1", "m_in^-1/2", "m_out^-1/2", "m_out^-1/2"]);
  });

  test("leave vectors to the fallback of an optimizer of matrices, and speak of depth inside blocks alone", () => {
    expect(formulas("mup", "learningRate", "muon-plain")).toEqual(["m_out^1/2", "m_in^-1/2 × m_out^1/2", "m_in^1/2", "–", "–"]);
    expect(formulas("mup+depth-mup", "learningRate", "adam")).toEqual(["1", "m_in^-1 × m_depth^-1/2", "1", "m_depth^-1/2", "1"]);
  });
});
