import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";

export type FieldPath = readonly (string | number)[];

/** A YAML (or JSON, which is YAML) text as plain values, and where each of them stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** 1-based line of the field at a path; of the nearest ancestor that exists, when the field does not. */
  readonly lineOf: (path: FieldPath) => number;
  /** What is wrong with the text itself; `value` means nothing when there is any. */
  readonly syntaxProblems: readonly { readonly line: number; readonly message: string }[];
}

/** Reads a YAML text; never throws. Tags that the core schema does not know are problems, not strings. */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const syntaxProblems = [...document.errors, ...document.warnings].map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: error.message,
  }));
  let value: unknown;
  try {
    if (syntaxProblems.length === 0) value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    // The library throws for aliases without an anchor and for aliases that grow exponentially.
    syntaxProblems.push({ line: 1, message: cause instanceof Error ? cause.message : String(cause) });
  }

  const lineOfOffset = (offset: number) => lines.linePos(offset).line;
  const lineOf = (path: FieldPath): number => {
    let node: Node | null | undefined = document.contents;
    let offset = node?.range?.[0] ?? 0;
    for (const step of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) break;
        offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
        node = isNode(pair.value) ? pair.value : null;
      } else if (isSeq(node) && typeof step === "number") {
        const item: unknown = node.items[step];
        if (!isNode(item)) break;
        offset = item.range?.[0] ?? offset;
        node = item;
      } else break;
    }
    return lineOfOffset(offset);
  };
  return { value, lineOf, syntaxProblems };
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value);
}
