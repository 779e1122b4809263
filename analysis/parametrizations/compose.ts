import { LadderError } from "../study/ladder-error.ts";
import type { Parametrization, ParametrizationContent, ParametrizationDefinition } from "./contract.ts";

/** One part of an id such as `mup+depth-mup`, built with its options. */
export interface RulePart {
  readonly definition: ParametrizationDefinition;
  /** As written, with options. */
  readonly written: string;
  readonly content: ParametrizationContent;
}

/**
 * One rule set of a complete set and any number of components: their rules multiply. Each axis has one part that speaks for it,
 * so that, for example, an initial deviation of 1/sqrt(2 depth) never meets a depth multiplier.
 *
 * @throws LadderError `input` RULE_SETS_CONFLICT
 */
export function composeParametrizations(id: string, parts: readonly RulePart[]): Parametrization {
  const [first, ...others] = parts;
  const set = parts.find(({ definition }) => definition.kind === "set");
  if (first === undefined || set === undefined)
    throw conflict(id, `${id} completes a rule set and is none by itself`, `write a set before it, for example mup+${id}`);
  const second = parts.find((part) => part !== set && part.definition.kind === "set");
  if (second !== undefined)
    throw conflict(id, `${set.written} and ${second.written} are complete rule sets, which cannot be put together`, "keep one of them");
  for (const [index, part] of parts.entries())
    for (const earlier of parts.slice(0, index)) {
      const axes = part.content.components.flatMap((component) => component.axes);
      const shared = earlier.content.components.flatMap((component) => component.axes).find((axis) => axes.includes(axis));
      if (shared !== undefined)
        throw conflict(
          id,
          `${earlier.written} and ${part.written} both say how to scale with ${shared}`,
          "keep one of them: their factors would be applied twice",
        );
    }

  const { content } = set;
  const optional = <Key extends keyof ParametrizationContent>(key: Key): Pick<ParametrizationContent, Key> | object => {
    const found = parts.map((part) => part.content[key]).find((value) => value !== undefined);
    return found === undefined ? {} : { [key]: found };
  };
  return {
    ...content,
    ...optional("weightDecayKind"),
    id,
    name: [set, ...parts.filter((part) => part !== set)].map((part) => partName(part)).join(" + "),
    summary: [set, ...parts.filter((part) => part !== set)].map(({ definition }) => definition.summary).join("; "),
    source: others.length === 0 ? set.definition.source : parts.map(({ definition }) => definition.source).join("; "),
    // A family that one part has no rule for would keep the base's values along that part's axes.
    optimizerFamilies: content.optimizerFamilies.filter((family) => parts.every((part) => part.content.optimizerFamilies.includes(family))),
    components: parts.flatMap((part) => part.content.components),
    transfers: parts.flatMap((part) => part.content.transfers),
    checkHints: parts.flatMap((part) => part.content.checkHints ?? []),
  };
}

/** The name, with options in brackets where any was written: `CompleteP (alpha=0.5)`. */
function partName({ definition, written }: RulePart): string {
  const options = written.slice(definition.id.length + 1);
  return options === "" ? definition.name : `${definition.name} (${options.replaceAll(",", ", ")})`;
}

function conflict(id: string, message: string, hint: string): LadderError {
  return new LadderError("input", "RULE_SETS_CONFLICT", message, { fields: { parametrization: id }, hint });
}
