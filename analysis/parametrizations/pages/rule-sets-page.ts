import { evidenceTags, type ParametrizationDefinition, type RuleAxis, ruleAxes, type TransferClass } from "../contract.ts";
import { describeRules, evidenceMeanings } from "./describe-rules.ts";
import { exponentFormula } from "./rule-formula.ts";
import { forms } from "../forms.ts";
import { parametrizationDefinitions } from "../index.ts";
import { code, markdownTable } from "../../study/markdown-table.ts";
import type { ModelFamily, ModelParameter } from "../models/contract.ts";
import { modelFamilies } from "../models/index.ts";
import { readOptions } from "../options.ts";
import { optimizerFamilies } from "../optimizers/contract.ts";
import { familyGauges } from "../optimizers/families.ts";
import { optimizerDefinitions } from "../optimizers/index.ts";

const introduction = `# Rule sets

Made from the registry by \`npx tsx test/unit/configs/write-rule-sets.ts\`; a test keeps it equal. What the words mean and why the defaults are
what they are stands in [parametrizations](parametrizations.md).

A value is the base value × constant × powers. **Relative** rules take powers of growth since the base: \`m_in\` = fanIn / base fanIn and
\`m_out\` of the tensor itself, \`m_depth\`, \`m_batch\` (tokens a step), \`m_tokens\` (tokens of training), \`m_head\` of the model, \`m_blocks\`, \`m_blockIn\`,
\`m_blockOut\` of an optimizer that works on blocks. **Absolute** rules take powers of the sizes: \`fanIn\`, \`depth\`, … \`eL\` and \`eR\` are the exponents of
a matrix preconditioner. Where no row speaks, the value is the base's. "In use" is an overview of typical tensors after abc-symmetry has brought
the rules to the set's form, for optimizers with their options at the defaults and \`fallback=0\`; the rules as written are what is evaluated.`;

/** The page docs/rule-sets.md: every definition, optimizer, form and model family. */
export function ruleSetsPage(): string {
  return `${[
    introduction,
    markdownTable(
      ["evidence", "what it says"],
      evidenceTags.map((tag) => [tag, evidenceMeanings[tag]]),
    ),
    registryTable(),
    ...parametrizationDefinitions.map(describeRules),
    "## Optimizers",
    optimizersTable(),
    "## Gauges of optimizer families",
    "What re-writing y = a W x as y = (a t) (W / t) x does to each, so that training stays the same.",
    gaugesTable(),
    "## Forms",
    formsTable(),
    "## Model families",
    "Role tables for `--model`, whoever trains them. A parameter that is another one at the base is written `base.NAME`.",
    ...modelFamilies.map(describeFamily),
  ].join("\n\n")}\n`;
}

/** Every set, then every component: what it is and where it is defined. */
export function registryTables(): string {
  const table = (kind: ParametrizationDefinition["kind"]): string =>
    markdownTable(
      [kind === "set" ? "set" : "component", "what it is", "source"],
      parametrizationDefinitions
        .filter((definition) => definition.kind === kind)
        .map(({ id, summary, source }) => [code(id), summary, source]),
    );
  return [table("set"), table("component")].join("\n\n");
}

/**
 * Which rule sets claim that a hyperparameter keeps its optimum over an axis, and which that it does not, with options at their
 * defaults; axes and hyperparameters of equal claims together.
 */
export function transfersTable(): string {
  const claims = parametrizationDefinitions.flatMap((definition) =>
    definition.build(readOptions(definition, "")).transfers.map((claim) => ({ ...claim, id: definition.id })),
  );
  const names = [...new Set(claims.map(({ hyperparameter }) => hyperparameter))];
  const cellsOf = (name: string, axis: RuleAxis): readonly string[] =>
    transferClasses.map((transfer) =>
      claims
        .filter((claim) => claim.hyperparameter === name && claim.axis === axis && claim.transfer === transfer)
        .map(({ id }) => code(id))
        .join(", "),
    );
  const lines = names.flatMap((name) =>
    ruleAxes
      .map((axis): ClaimLine => ({ names: [code(name)], axes: [axis], cells: cellsOf(name, axis) }))
      .filter(({ cells }) => cells.join("") !== ""),
  );
  const byAxes = join(
    lines,
    ({ names: of, cells }) => [of, cells],
    (left, right) => ({ ...left, axes: [...left.axes, ...right.axes] }),
  );
  const byNames = join(
    byAxes,
    ({ axes, cells }) => [axes, cells],
    (left, right) => ({ ...left, names: [...left.names, ...right.names] }),
  );
  return markdownTable(
    ["hyperparameter", "axis", "by theory", "seen to", "does not"],
    byNames.map(({ names: of, axes, cells }) => [of.join(", "), axes.join(", "), ...cells]),
  );
}

const transferClasses: readonly TransferClass[] = ["theory", "empirical", "none"];

interface ClaimLine {
  readonly names: readonly string[];
  readonly axes: readonly string[];
  readonly cells: readonly string[];
}

/** Lines of one key put together, in the place of the first. */
function join(
  lines: readonly ClaimLine[],
  keyOf: (line: ClaimLine) => unknown,
  add: (left: ClaimLine, right: ClaimLine) => ClaimLine,
): readonly ClaimLine[] {
  const joined = new Map<string, ClaimLine>();
  for (const line of lines) {
    const key = JSON.stringify(keyOf(line));
    const found = joined.get(key);
    joined.set(key, found === undefined ? line : add(found, line));
  }
  return [...joined.values()];
}

function registryTable(): string {
  return markdownTable(
    ["id", "name", "kind", "what it is"],
    parametrizationDefinitions.map(({ id, name, kind, summary }) => [`[${code(id)}](#${id})`, name, kind, summary]),
  );
}

function optimizersTable(): string {
  return markdownTable(
    ["`--optimizer`", "name", "family", "vectors and scalars", "options", "source"],
    optimizerDefinitions.map(({ id, name, family, matricesOnly, options, source }) => [
      code(id),
      name,
      family ?? "no rule: swept, not transferred",
      matricesOnly ? "AdamW" : "itself",
      Object.entries(options)
        .map(([option, value]) => code(`${option}=${value}`))
        .join(", "),
      source,
    ]),
  );
}

function gaugesTable(): string {
  return markdownTable(
    ["family", "learning rate × t^-p, decoupled decay × t^p", "epsilon × t^p", "damping over fan-in × t^p", "over fan-out × t^p", "source"],
    optimizerFamilies.map((family) => {
      const { learningRate, epsilon, dampingFanIn, dampingFanOut, source } = familyGauges[family];
      return [family, exponentFormula(learningRate), String(epsilon), String(dampingFanIn), String(dampingFanOut), source];
    }),
  );
}

function formsTable(): string {
  return markdownTable(
    ["form", "what it is", "source"],
    Object.values(forms).map(({ id, summary, source }) => [code(id), summary, source]),
  );
}

function describeFamily({ id, summary, depthUnit, parameters }: ModelFamily): string {
  return [
    `### ${code(id)}`,
    `${summary}. One unit of depth: ${depthUnit}.`,
    ...(parameters.length === 0
      ? []
      : [
          markdownTable(
            ["`--model-option`", "values", "default", "meaning"],
            parameters.map((parameter) => [code(parameter.name), valuesText(parameter), defaultText(parameter), parameter.meaning]),
          ),
        ]),
  ].join("\n\n");
}

function valuesText({ kind, choices, minimum }: ModelParameter): string {
  if (kind === "choice") return (choices ?? []).map(code).join(", ");
  if (kind === "boolean") return "true, false";
  if (kind === "integer") return `whole, from ${minimum ?? 1}`;
  return minimum === undefined ? "above 0" : `from ${minimum}`;
}

function defaultText({ defaultValue }: ModelParameter): string {
  return defaultValue === null ? "left out" : code(String(defaultValue));
}
