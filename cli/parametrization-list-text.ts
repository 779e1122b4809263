import { describeOption } from "../analysis/parametrizations/options.ts";
import type { ListedParametrization } from "../operations/list-parametrizations.ts";
import { hang } from "./render-error.ts";

/** Every rule set and component: what it is, and its options with their defaults. */
export function renderParametrizations(listed: readonly ListedParametrization[], columns: number): string {
  const labelWidth = Math.max(...listed.map(({ id }) => id.length)) + 4;
  const section = (kind: ListedParametrization["kind"], title: string): readonly string[] => [
    title,
    ...listed.filter((entry) => entry.kind === kind).flatMap((entry) => entryLines(entry, labelWidth, columns)),
  ];
  return [
    ...section("set", "Rule sets:"),
    "",
    ...section("component", "Components, to be put behind a rule set, as in mup+depth-mup:"),
    "",
    "one in full: ladder parametrization list NAME",
  ].join("\n");
}

function entryLines(
  { id, name, summary, options, evidence }: ListedParametrization,
  labelWidth: number,
  columns: number,
): readonly string[] {
  const indent = " ".repeat(labelWidth);
  return [
    hang(`  ${id}`.padEnd(labelWidth), `${name}: ${summary}`, columns),
    ...options.map((option) => hang(indent, `:${describeOption(option)}`, columns, { indent: `${indent}  ` })),
    ...(evidence.length === 0 ? [] : [hang(indent, `rests on ${evidence.join(", ")}`, columns)]),
  ];
}

/** One rule set: source, options with who holds which reading, optimizers, what transfers, and the sources of its rules. */
export function renderParametrization(listed: ListedParametrization, columns: number): string {
  const { optimizers, transfers, options, ruleSources } = listed;
  const line = (label: string, text: string): string => hang(label.padEnd(12), text, columns);
  return [
    line(listed.kind === "set" ? "rule set" : "component", `${listed.id}: ${listed.name}`),
    line("", listed.summary),
    line("source", listed.source),
    line("scales with", listed.axes.length === 0 ? "nothing" : listed.axes.join(", ")),
    ...(listed.form === null ? [] : [line("form", listed.form)]),
    ...(listed.weightDecayKind === null ? [] : [line("decay", `${listed.weightDecayKind}, where a study does not say`)]),
    ...(listed.kind === "set"
      ? [line("tied", listed.tiedEmbeddings === "defined" ? "tied embeddings are defined" : "tied embeddings are refused: not defined")]
      : []),
    ...(options.length === 0 ? [] : ["", "Options (default in brackets):"]),
    ...options.flatMap((option) => [
      hang("  ", describeOption(option), columns),
      hang("      ", option.meaning, columns),
      hang("      ", `held by: ${option.source}`, columns),
    ]),
    "",
    "Optimizers:",
    hang("  with a rule  ", optimizers.withRule.join(", ") || "none", columns),
    hang("  no rule      ", `${optimizers.withoutRule.join(", ") || "none"} (swept, not transferred)`, columns),
    ...(transfers.length === 0 ? [] : ["", "What transfers:"]),
    ...transfers.map(({ hyperparameter, axis, transfer, source }) =>
      hang("  ", `${hyperparameter} over ${axis}: ${transferText[transfer]} (${source})`, columns, { indent: "      " }),
    ),
    "",
    "Rules rest on:",
    ...ruleSources.map(({ source, evidence, quantities }) =>
      hang("  ", `${quantities.join("; ")}: ${source} [${evidence.join(", ")}]`, columns, { indent: "      " }),
    ),
  ].join("\n");
}

const transferText = { theory: "yes, by theory", empirical: "seen to", none: "no" } as const;
