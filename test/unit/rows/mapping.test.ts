import { describe, expect, it } from "vitest";
import { parseMap, resolveVariables } from "../../../analysis/rows/mapping.ts";

const resolve = (columns: readonly string[], map = "", needed?: readonly string[]) =>
  resolveVariables(columns, {
    map: map === "" ? [] : parseMap(map),
    file: "runs.csv",
    suggest: (name, known) => `${name}? ${known.join(" ")}`,
    ...(needed === undefined ? {} : { needed }),
  });
const read = (columns: readonly string[], map = "", needed?: readonly string[]) =>
  resolve(columns, map, needed).map(({ name, from, columns: used, needed: isNeeded }) => [name, from, used.join(" "), isNeeded]);

describe("--map", () => {
  it("parts at commas, but not within backticks or parentheses", () => {
    expect(parseMap("N = params, D=steps*(batch), loss=`a,b`")).toEqual([
      { name: "N", text: "params" },
      { name: "D", text: "steps*(batch)" },
      { name: "loss", text: "`a,b`" },
    ]);
  });

  it.each([
    ["N", "write VARIABLE=COLUMN, for example N=params"],
    ["N=", "write VARIABLE=COLUMN, for example N=params"],
    ["N=a,,D=b", "write VARIABLE=COLUMN, for example N=params"],
    ["2N=a", '"2N" is no name of a variable: letters, digits and _'],
    ["N=a,N=b", "N is mapped twice"],
  ])("%s is refused", (text, words) => {
    expect(() => parseMap(text)).toThrow(
      expect.objectContaining({ kind: "input", code: "MAP_INVALID", message: expect.stringContaining(words) as unknown }),
    );
  });
});

describe("variables of a file", () => {
  it("N, D, C and loss are found by their names, in this order, and nothing else is", () => {
    expect(read(["loss", "lr", "D", "N"])).toEqual([
      ["N", "N", "N", true],
      ["D", "D", "D", true],
      ["loss", "loss", "loss", true],
    ]);
  });

  it("what is mapped wins over a column of the same name", () => {
    expect(read(["N", "N_no_emb", "loss"], "N=N_no_emb")).toEqual([
      ["N", "N_no_emb", "N_no_emb", true],
      ["loss", "loss", "loss", true],
    ]);
  });

  it("a column's whole name is that column, whatever characters it has", () => {
    expect(read(["eval/loss", "eval", "loss"], "loss=eval/loss")).toEqual([["loss", "eval/loss", "eval/loss", true]]);
    expect(read(["smooth loss", "N"], "loss=smooth loss")).toEqual([
      ["N", "N", "N", true],
      ["loss", "smooth loss", "smooth loss", true],
    ]);
  });

  it("a name without its groups is found as long as one column alone fits", () => {
    expect(read(["config.params", "summary.loss"], "N=params")).toEqual([
      ["N", "config.params", "config.params", true],
      ["loss", "summary.loss", "summary.loss", true],
    ]);
    expect(() => read(["train.loss", "eval.loss"])).toThrow(
      expect.objectContaining({ code: "COLUMN_AMBIGUOUS", message: '"loss" may be train.loss or eval.loss in runs.csv' }),
    );
  });

  it("an expression may use other variables; a name that is both needs backticks", () => {
    expect(read(["params", "tokens", "loss"], "N=params,D=tokens,C=6*N*D").find(([name]) => name === "C")).toEqual([
      "C",
      "6*N*D",
      "params tokens",
      true,
    ]);
    expect(() => read(["N", "N_no_emb", "D", "loss"], "N=N_no_emb,C=6*N*D")).toThrow(
      expect.objectContaining({
        code: "MAP_INVALID",
        message: expect.stringContaining("write `N` in backticks for the column, or N_no_emb") as unknown,
      }),
    );
    expect(read(["N", "N_no_emb", "D", "loss"], "N=N_no_emb,C=6*`N`*D").find(([name]) => name === "C")).toEqual([
      "C",
      "6*`N`*D",
      "N D",
      true,
    ]);
    // In its own definition a name is the column: millions become units.
    expect(read(["N", "loss"], "N=N*1e6")[0]).toEqual(["N", "N*1e6", "N", true]);
    expect(() => read(["loss"], "a=b*2,b=a*2")).toThrow(
      expect.objectContaining({ code: "MAP_INVALID", message: expect.stringContaining("circle") as unknown }),
    );
  });

  it("every name that no column has is told at once", () => {
    expect(() => read(["params", "loss"], "N=parms,D=steps*batch")).toThrow(
      expect.objectContaining({
        code: "COLUMN_UNKNOWN",
        problems: [
          { path: "--map N", message: "there is no such column", value: "parms", fix: "parms? params loss" },
          { path: "--map D", message: "there is no such column", value: "steps", fix: "steps? params loss" },
          { path: "--map D", message: "there is no such column", value: "batch", fix: "batch? params loss" },
        ],
      }),
    );
  });

  it("a loss must be there, or whatever the caller needs", () => {
    expect(() => read(["N", "D"])).toThrow(expect.objectContaining({ code: "VARIABLE_MISSING", message: "runs.csv has no column loss" }));
    expect(read(["N", "D", "lr"], "", ["N", "D", "lr"])).toEqual([
      ["N", "N", "N", true],
      ["D", "D", "D", true],
      ["lr", "lr", "lr", true],
    ]);
    expect(read(["N", "D", "C", "loss"], "", ["N", "loss"]).filter(([, , , needed]) => needed === false)).toEqual([
      ["D", "D", "D", false],
      ["C", "C", "C", false],
    ]);
  });

  it("is a number: a comparison or a text is refused", () => {
    expect(() => read(["a", "loss"], "N=a<3")).toThrow(expect.objectContaining({ code: "MAP_INVALID" }));
  });
});
