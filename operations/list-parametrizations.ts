import {
  type ChosenOptions,
  type Evidence,
  evidenceTags,
  type OptionDefinition,
  type ParametrizationContent,
  type ParametrizationDefinition,
  type TransferClaim,
} from "../analysis/parametrizations/contract.ts";
import { findDefinition, parametrizationDefinitions } from "../analysis/parametrizations/index.ts";
import { readOptions } from "../analysis/parametrizations/options.ts";
import type { OptimizerFamily } from "../analysis/parametrizations/optimizers/contract.ts";
import type { TensorRole } from "../analysis/study/trainer-contract.ts";
import { optimizerDefinitions } from "../analysis/parametrizations/optimizers/index.ts";

export interface ListedParametrization {
  readonly id: string;
  readonly name: string;
  readonly kind: ParametrizationDefinition["kind"];
  readonly summary: string;
  readonly source: string;
  readonly options: readonly OptionDefinition[];
  /** Tags of its rules with all options as given. */
  readonly evidence: readonly Evidence[];
  /** Axes that it says how to scale with. */
  readonly axes: readonly string[];
  readonly form: string | null;
  readonly weightDecayKind: string | null;
  readonly tiedEmbeddings: "defined" | "refused";
  readonly optimizers: { readonly withRule: readonly string[]; readonly withoutRule: readonly string[] };
  readonly transfers: readonly TransferClaim[];
  /** Sources of all its rules, each once; a quantity with the optimizer families where its rule is for some only. */
  readonly ruleSources: readonly {
    readonly source: string;
    readonly evidence: readonly Evidence[];
    readonly quantities: readonly string[];
  }[];
}

/** Every rule set and component with options at their defaults. */
export function listParametrizations(): readonly ListedParametrization[] {
  return parametrizationDefinitions.map((definition) => describeDefinition(definition, readOptions(definition, "")));
}

/**
 * One of them, with options where the name has any: `completep:alpha=0.5`.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN, PARAMETRIZATION_OPTION_INVALID
 */
export function listParametrization(name: string): ListedParametrization {
  const [id = "", written = ""] = name.split(":");
  const definition = findDefinition(id);
  return describeDefinition(definition, readOptions(definition, written));
}

function describeDefinition(definition: ParametrizationDefinition, options: ChosenOptions): ListedParametrization {
  const { id, name, kind, summary, source } = definition;
  const content = definition.build(options);
  const ruleSources = sourcesOf(content);
  const used = new Set(ruleSources.flatMap(({ evidence }) => evidence));
  const knows = (family: (typeof optimizerDefinitions)[number]["family"]): boolean =>
    family !== null && content.optimizerFamilies.includes(family);
  return {
    id,
    name,
    kind,
    summary,
    source,
    options: definition.options,
    evidence: evidenceTags.filter((tag) => used.has(tag)),
    axes: [...new Set(content.components.flatMap(({ axes }) => axes))],
    form: content.form ?? null,
    weightDecayKind: content.weightDecayKind ?? null,
    tiedEmbeddings: content.tiedEmbeddings === undefined ? "refused" : "defined",
    optimizers: {
      withRule: optimizerDefinitions.filter(({ family }) => knows(family)).map((optimizer) => optimizer.id),
      withoutRule: optimizerDefinitions.filter(({ family }) => !knows(family)).map((optimizer) => optimizer.id),
    },
    transfers: content.transfers,
    ruleSources,
  };
}

/** `learningRate of hidden under kfac`: a quantity, with roles and optimizer families where a rule is for some of them only. */
function ruleText(rule: {
  readonly quantity: string;
  readonly roles?: readonly TensorRole[];
  readonly families?: readonly OptimizerFamily[];
}): string {
  const { quantity, roles, families } = rule;
  return `${quantity}${roles === undefined ? "" : ` of ${roles.join(", ")}`}${families === undefined ? "" : ` under ${families.join(", ")}`}`;
}

function sourcesOf({ components, residual, unitScaling }: ParametrizationContent): ListedParametrization["ruleSources"] {
  const found = new Map<string, { source: string; evidence: readonly Evidence[]; quantities: string[] }>();
  const add = (quantity: string, { source, evidence }: { readonly source: string; readonly evidence: readonly Evidence[] }): void => {
    const key = `${source}|${evidence.join(",")}`;
    const entry = found.get(key) ?? { source, evidence, quantities: [] };
    if (!entry.quantities.includes(quantity)) entry.quantities.push(quantity);
    found.set(key, entry);
  };
  for (const { tensorRules, operationRules, optimizerRules } of components)
    for (const rule of [...tensorRules, ...operationRules, ...optimizerRules]) add(ruleText(rule), rule);
  if (residual !== undefined) add("residual branches", residual);
  if (unitScaling !== undefined) add("gradients", unitScaling);
  return [...found.values()];
}
