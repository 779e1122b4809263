import { exp, log, pow } from "../../../analysis/numerics/elementary.ts";

/** Values of names: inputs, parameters and what a formula defines on the way. */
type Scope = (name: string) => number;

const ln10 = 2.302585092994046;
const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  exp,
  ln: log,
  log10: (value) => log(value) / ln10,
  min: (...values) => Math.min(...values),
};

/**
 * Evaluates a law's formula as it is printed: `output = …` or `log10 output = …`, then, after `with`, names that it uses. Numbers and
 * names side by side are multiplied; `log10 N` needs no parentheses.
 */
export function evaluateFormula(formula: string, values: Readonly<Record<string, number>>): number {
  const [statement = "", ...definitions] = formula.split(" with ").flatMap((part, index) => (index === 0 ? [part] : atCommas(part)));
  const defined = new Map([statement, ...definitions].map(sides));
  const scope: Scope = (name) => {
    const value = values[name];
    if (value !== undefined) return value;
    const expression = defined.get(name);
    if (expression === undefined) throw new Error(`the formula does not say what ${name} is`);
    return new Reader(expression, scope).whole();
  };
  const [left, right] = sides(statement);
  const result = new Reader(right, scope).whole();
  return left.startsWith("log10 ") ? pow(10, result) : result;
}

function sides(statement: string): readonly [string, string] {
  const [left = "", right = ""] = statement.split(" = ");
  return [left.trim(), right];
}

function atCommas(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === "," && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + letter);
  }
  return parts;
}

class Reader {
  private readonly words: readonly string[];
  private place = 0;
  private readonly scope: Scope;

  constructor(text: string, scope: Scope) {
    this.words = text.match(/[A-Za-z][A-Za-z0-9]*|\d+(?:\.\d+)?|[-+/^(),]/g) ?? [];
    this.scope = scope;
  }

  whole(): number {
    const value = this.sum();
    if (this.place !== this.words.length) throw new Error(`the formula has ${this.words[this.place] ?? ""} where it should end`);
    return value;
  }

  private sum(): number {
    let value = this.product();
    for (;;) {
      if (this.took("+")) value += this.product();
      else if (this.took("-")) value -= this.product();
      else return value;
    }
  }

  private product(): number {
    let value = this.signed();
    for (;;) {
      if (this.took("/")) value /= this.signed();
      else if (/^[A-Za-z0-9(]/.test(this.words[this.place] ?? "")) value *= this.signed();
      else return value;
    }
  }

  private signed(): number {
    return this.took("-") ? -this.signed() : this.power();
  }

  private power(): number {
    const base = this.single();
    return this.took("^") ? pow(base, this.signed()) : base;
  }

  private single(): number {
    const word = this.words[this.place] ?? "";
    this.place += 1;
    if (/^\d/.test(word)) return Number(word);
    if (word === "(") return this.list()[0] ?? Number.NaN;
    const called = functions[word];
    if (called === undefined) return this.scope(word);
    return this.took("(") ? called(...this.list()) : called(this.power());
  }

  /** What stands up to the closing parenthesis. */
  private list(): number[] {
    const values = [this.sum()];
    while (this.took(",")) values.push(this.sum());
    if (!this.took(")")) throw new Error("the formula lacks a closing parenthesis");
    return values;
  }

  private took(word: string): boolean {
    const isThere = this.words[this.place] === word;
    if (isThere) this.place += 1;
    return isThere;
  }
}
