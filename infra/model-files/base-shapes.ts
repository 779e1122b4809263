import { stringify } from "yaml";
import { z } from "zod";
import type { BaseDimensions } from "../../analysis/parametrizations/models/infinite-dimensions.ts";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import { findSchemaProblems, formatPath } from "../configs/schema-problems.ts";
import { readYaml } from "../configs/yaml-document.ts";

/** Base dimensions by parameter name, in the file's order; null for a dimension that is the same at every width. */
export type BaseShapes = ReadonlyMap<string, BaseDimensions>;

/** A file's content: `null` is a finite dimension, a number the base size of an infinite one. */
export const baseShapesSchema = z.record(z.string(), z.array(z.int().positive().nullable()));

const header = `# This is a base shape file encoded in yaml
# - \`null\` indicates a dimension is "finite", i.e. a non-"width" dimension
# - a number indicates the base dimension of an "infinite" dimension, i.e. some notion of "width"
`;

/**
 * Reads a `.bsh` file as the mup package writes it (microsoft/mup, shape.py: save_base_shapes).
 *
 * @param fileName as it is to appear in messages
 * @throws LadderError `input` BASE_SHAPES_INVALID with every parameter that is wrong and its line
 */
export function parseBaseShapes(text: string, fileName: string): BaseShapes {
  const document = readYaml(text);
  if (document.syntaxProblems.length > 0)
    throw invalid(
      fileName,
      document.syntaxProblems.map(({ line, message }) => ({ path: `line ${line}`, message })),
    );
  const parsed = baseShapesSchema.safeParse(document.value);
  if (!parsed.success)
    throw invalid(
      fileName,
      findSchemaProblems(baseShapesSchema, document.value).map(({ path, message, value }) => ({
        path: path.length === 0 ? "line 1" : formatPath(path),
        message: `${message} (line ${document.lineOf(path)})`,
        ...(value === undefined ? {} : { value }),
        fix: "write a list a parameter: the base size of a dimension that grows with width, null for any other",
      })),
    );
  if (Object.keys(parsed.data).length === 0) throw invalid(fileName, [{ path: "line 1", message: "the file names no parameter" }]);
  return new Map(Object.entries(parsed.data));
}

/** Writes a `.bsh` file that the mup package loads: YAML with sorted names, as PyYAML writes it. */
export function formatBaseShapes(shapes: BaseShapes): string {
  const sorted = [...shapes].sort(([left], [right]) => (left < right ? -1 : 1));
  const plain = Object.fromEntries(sorted);
  // PyYAML reads version 1.1, in which a bare `yes` or `1_0` is no text.
  return header + stringify(plain, { version: "1.1", singleQuote: true, indentSeq: false, lineWidth: 0 });
}

/**
 * Base shapes under the names of a model: PyTorch's parallel wrappers put `module.` before every name. (The mup package takes
 * it off with `strip`, which eats letters of names such as `module.model`.)
 */
export function alignBaseShapes(shapes: BaseShapes, names: readonly string[]): BaseShapes {
  const prefix = "module.";
  const allWrapped = (list: readonly string[]) => list.length > 0 && list.every((name) => name.startsWith(prefix));
  const noneWrapped = (list: readonly string[]) => list.every((name) => !name.startsWith(prefix));
  const own = [...shapes.keys()];
  if (allWrapped(own) && noneWrapped(names)) return new Map([...shapes].map(([name, sizes]) => [name.slice(prefix.length), sizes]));
  if (noneWrapped(own) && allWrapped(names)) return new Map([...shapes].map(([name, sizes]) => [prefix + name, sizes]));
  return shapes;
}

function invalid(fileName: string, problems: readonly Problem[]): LadderError {
  const first = problems[0];
  const what = first === undefined ? "" : `: ${first.path} ${first.message}${problems.length > 1 ? "; …" : ""}`;
  return new LadderError("input", "BASE_SHAPES_INVALID", `${fileName} is no file of base shapes${what}`, {
    fields: { file: fileName },
    problems,
  });
}
