import type { Law, LawParameter, LawVariable, PublishedConstants } from "../contract.ts";
import { laws } from "../index.ts";
import { code, markdownTable } from "../../study/markdown-table.ts";

const introduction = `# Laws

Made from the registry by \`npx tsx test/unit/configs/write-laws.ts\`; a test keeps it equal. A law is a formula: [fitting](fit.md) tells how one is fitted to runs.

Inputs and output are counted in the units given here, and \`--map\` names their columns. A parameter is searched as its logarithm where "search" says \`log\`.
One that may vanish is reported as *not identified* when the rows do not tell it from 0, and never as 1e-90. Published constants are what others found on
their own models and data: they are for comparison, and no fit starts from them. **Not checked on data** means that no public data is at hand: its gradient
is checked, and it finds its own parameters in simulated rows, but nobody here has seen it fit a real run. Evidence tags mean what they mean for
[rule sets](rule-sets.md); \`golden\` is a fit to the data of the source that equals the source's own.`;

/** The page docs/laws.md: an overview of every law, then each with its inputs, parameters and published constants. */
export function lawsPage(): string {
  return `${[introduction, overviewTable(), ...laws.map(describeLaw)].join("\n\n")}\n`;
}

function overviewTable(): string {
  return markdownTable(
    ["law", "formula", "checked on"],
    laws.map((law) => [`[${code(law.id)}](#${law.id})`, code(law.formula), checkedWords(law)]),
  );
}

function checkedWords({ checkedOn }: Law): string {
  return checkedOn.length === 0 ? "**not checked on data**" : checkedOn.join(", ");
}

function describeLaw(law: Law): string {
  return [
    `## ${law.id}`,
    `${law.name}.`,
    code(law.formula),
    [
      `- Source: ${law.source}`,
      `- Evidence: ${law.evidence.join(", ")}`,
      `- Checked on: ${checkedWords(law)}`,
      `- Residuals: ${residualWords(law)}`,
      ...capabilities(law).map((line) => `- ${line}`),
    ].join("\n"),
    markdownTable(
      ["variable", "meaning", "unit", "values"],
      [...law.inputs, law.output].map((variable) => [
        code(variable.name),
        variable.meaning,
        unitWords(variable),
        rangeWords(variable, law),
      ]),
    ),
    markdownTable(["parameter", "meaning", "unit", "search"], law.parameters.map(parameterRow)),
    ...(law.published.length === 0 ? [] : [publishedTable(law)]),
  ].join("\n\n");
}

function residualWords({ scale, output }: Law): string {
  return scale === "value"
    ? `of ${output.name} itself`
    : `of ${scale === "log" ? "ln" : "log10"} ${output.name}, unless the fit says otherwise`;
}

function capabilities({ linearPart, allocation, equivalent, derived }: Law): string[] {
  return [
    ...(linearPart === undefined
      ? []
      : [`Linear in ${linearPart.parameters.join(", ")}: least squares of raw values search the others only`]),
    ...(allocation === undefined ? [] : [`Allocation: splits compute between ${allocation.size} and ${allocation.tokens}`]),
    ...(derived === undefined
      ? []
      : [`Instead of ${derived.inputs.join(" and ")}, rows may have ${derived.needs.join(" and ")}: ${derived.words}`]),
    ...(equivalent === undefined
      ? []
      : [
          `Effective ${equivalent.input}: that of a model with ${Object.entries(equivalent.reference)
            .map(([name, value]) => `${name} = ${value}`)
            .join(", ")} and the same output`,
        ]),
  ];
}

function unitWords({ unit, fixedUnit }: LawVariable): string {
  return fixedUnit === true && unit !== "1" ? `${unit}, in no other unit` : unit;
}

function rangeWords({ name, range }: LawVariable, { output, scale }: Law): string {
  if (range !== undefined) return `${range.from} … ${range.to}`;
  return name === output.name && scale === "value" ? "any" : "above 0";
}

function parameterRow({ name, meaning, unit, transform, lower, upper, mayVanish }: LawParameter): string[] {
  const bounds = [
    ...(lower === undefined ? [] : [`at least ${lower}`]),
    ...(upper === undefined ? [] : [`at most ${upper}`]),
    ...(mayVanish === true ? ["may vanish"] : []),
  ];
  return [code(name), meaning, unit, [transform === "log" ? "log" : "as it is", ...bounds].join(", ")];
}

function publishedTable({ parameters, published }: Law): string {
  const cell = ({ values }: PublishedConstants, name: string): string => {
    const value = values[name];
    return value === undefined ? "not given" : String(Number(value.toPrecision(6)));
  };
  return markdownTable(
    ["published", ...parameters.map(({ name }) => code(name)), "on what"],
    published.map((constants) => [constants.source, ...parameters.map(({ name }) => cell(constants, name)), constants.note ?? ""]),
  );
}
