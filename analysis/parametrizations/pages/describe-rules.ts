import type { Evidence, OptionDefinition, ParametrizationContent, ParametrizationDefinition, TransferClaim } from "../contract.ts";
import { forms } from "../forms.ts";
import { code, markdownTable } from "../../study/markdown-table.ts";
import { readOptions } from "../options.ts";
import { optimizerDefinitions } from "../optimizers/index.ts";
import { changedRows, type RuleRow, ruleRows } from "./rule-rows.ts";
import { type SummaryRow, summariseRules, summaryColumns } from "./rule-summary.ts";

/** What each evidence tag says of a rule. */
export const evidenceMeanings: Readonly<Record<Evidence, string>> = {
  paper: "read in the text of the paper",
  code: "read in the reference library, at the commit that the source names",
  golden: "compared with numbers that the reference library itself gave",
  derived: "follows from the definitions; the source says how",
  abstract: "only an abstract, a summary or a re-use by others was read",
  live: "seen in a coordinate check of the reference trainer",
};

/** How a definition is written into a study: a component completes a set. */
export function exampleId({ id, kind }: Pick<ParametrizationDefinition, "id" | "kind">): string {
  return kind === "set" ? id : `mup+${id}`;
}

/** One section of Markdown about a rule set or component: what it is, its rules, options, optimizers, and who says what transfers. */
export function describeRules(definition: ParametrizationDefinition): string {
  const { id, name, summary, kind } = definition;
  const content = definition.build(readOptions(definition, ""));
  const { transfers, checkHints = [] } = content;
  const hints = checkHints.map(({ axis, families, hint }) => [axis, families.join(", "), hint]);
  return [
    `## ${code(id)}`,
    `**${name}.** ${summary}.`,
    markdownTable(["what", "is"], aboutRows(definition, content)),
    ...(kind === "set"
      ? ["### In use", markdownTable(["quantity", "optimizers", ...summaryColumns], summariseRules(content).map(summaryCells))]
      : []),
    ...rulesSection(content),
    ...(definition.options.length === 0
      ? []
      : ["### Options", ...definition.options.map((option) => describeOptionRules(definition, option))]),
    ...(transfers.length === 0 ? [] : ["### What transfers, by source", claimsTable(transfers)]),
    ...(hints.length === 0 ? [] : ["### Where a coordinate check is known to fail", markdownTable(["axis", "families", "hint"], hints)]),
  ].join("\n\n");
}

/** Claims of transfer as a table; `none` says that the optimum moves. */
export function claimsTable(claims: readonly TransferClaim[]): string {
  return markdownTable(
    ["hyperparameter", "axis", "transfers", "source"],
    claims.map(({ hyperparameter, axis, transfer, source }) => [
      code(hyperparameter),
      axis,
      transfer === "none" ? "**no**" : transfer,
      source,
    ]),
  );
}

function aboutRows(definition: ParametrizationDefinition, content: ParametrizationContent): readonly (readonly string[])[] {
  const isSet = definition.kind === "set";
  const { components, form, initialDeviation, attentionBase, tiedEmbeddings, weightDecayKind = "decoupled", optimizerFamilies } = content;
  const axes = [...new Set(components.flatMap((component) => component.axes))];
  const without = optimizerDefinitions.filter(({ family }) => family === null || !optimizerFamilies.includes(family));
  return [
    ["kind", isSet ? "a complete rule set" : `a component, written behind a set: ${code(exampleId(definition))}`],
    ["speaks for", axes.length === 0 ? "no axis" : axes.join(", ")],
    ["powers are of", [...new Set(components.map(({ measure }) => measuresInWords[measure]))].join("; ")],
    ["source", definition.source],
    ...(isSet
      ? [
          ["form", form === undefined ? "as written" : `${code(form)}: ${forms[form].summary}`],
          [
            "`initStd` 1 means",
            initialDeviation === "unit" ? "deviation 1 for every tensor that is drawn" : "1/sqrt(fan-in at the base), 1 for lookup tables",
          ],
          ["attention logits start from", attentionBase === "one" ? "1" : "1/sqrt(headDimension at the base)"],
          [
            "tied embeddings",
            tiedEmbeddings === undefined
              ? "refused: not defined"
              : "the table follows the input's rules, with the readout's multiplier where it is the readout",
          ],
          ["weight decay unless a study says", weightDecayKind],
        ]
      : []),
    ["optimizers without a rule", without.length === 0 ? "none" : without.map(({ id }) => code(id)).join(", ")],
  ];
}

const measuresInWords = { growth: "growth since the base (relative)", size: "sizes themselves (absolute)" } as const;

function summaryCells({ quantity, optimizers, formulas }: SummaryRow): readonly string[] {
  return [quantity, optimizers.map(code).join(", "), ...formulas.map((formula) => (formula === "–" ? formula : code(formula)))];
}

/** The rules of components, and what is no power: residual coefficients, unit scaling. */
function rulesSection(content: ParametrizationContent): readonly string[] {
  const rows = ruleRows(content);
  const { residual, unitScaling } = content;
  const whole = [
    ...(residual === undefined ? [] : [`Residual multipliers: ${residual.formula}. ${residual.source} (${residual.evidence.join(", ")}).`]),
    ...(unitScaling === undefined
      ? []
      : [`Gradients have factors of their own: ${unitScaling.source} (${unitScaling.evidence.join(", ")}).`]),
  ];
  return ["### Rules as written", rows.length === 0 ? "None: every value is the base's." : rulesTable(rows), ...whole];
}

function rulesTable(rows: readonly RuleRow[]): string {
  return markdownTable(
    ["quantity", "tensors", "optimizer families", "formula", "source", "evidence"],
    rows.map((row) => [row.quantity, tensorsText(row), familiesText(row), code(row.formula), row.source, row.evidence.join(", ")]),
  );
}

function tensorsText({ roles, condition }: RuleRow): string {
  return roles.length === 0 ? "–" : [roles.join(", "), condition].filter((text) => text !== "").join("; ");
}

function familiesText({ families }: RuleRow): string {
  return families.length === 0 ? "all" : families.join(", ");
}

/** One option: its readings, who holds them, and what each changes in the rules. */
function describeOptionRules(definition: ParametrizationDefinition, option: OptionDefinition): string {
  const { name, meaning, source, defaultValue, allowed } = option;
  const values = "from" in allowed ? [String(allowed.from), String(allowed.to)] : allowed;
  const range = "from" in allowed ? `${allowed.from} to ${allowed.to}` : allowed.map(code).join(", ");
  const others = values.filter((value) => value !== defaultValue);
  return [
    `**${code(name)}**, ${range}; default ${code(defaultValue)}. ${capital(meaning)}.`,
    `Who holds what: ${source}.`,
    ...others.map((value) => describeChange(definition, `${name}=${value}`)),
  ].join("\n\n");
}

function describeChange(definition: ParametrizationDefinition, written: string): string {
  const usual = definition.build(readOptions(definition, ""));
  const chosen = definition.build(readOptions(definition, written));
  const { added, dropped } = changedRows(usual, chosen);
  const id = code(`${definition.id}:${written}`);
  const form = chosen.form === usual.form || chosen.form === undefined ? "" : `, brought to ${code(chosen.form)} by abc-symmetry`;
  if (added.length + dropped.length === 0) return `${id}: the rules above${form}.`;
  const gone = dropped.length === 0 ? "" : `drops ${droppedText(dropped)}`;
  if (added.length === 0) return `${id} ${gone}${form}.`;
  return `${id} ${gone === "" ? "adds" : `${gone} and has instead`}${form}:\n\n${rulesTable(added)}`;
}

function droppedText(rows: readonly RuleRow[]): string {
  const quantities = [...new Set(rows.map(({ quantity }) => quantity))];
  return quantities
    .map((quantity) => {
      const count = rows.filter((row) => row.quantity === quantity).length;
      return `${count} ${count === 1 ? "row" : "rows"} of ${quantity}`;
    })
    .join(", ");
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
