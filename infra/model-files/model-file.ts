import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { TensorPair } from "../../analysis/parametrizations/models/contract.ts";
import { type GuessKnowledge, guessModel, requireGuessed, type TensorGuess } from "../../analysis/parametrizations/models/guess-model.ts";
import { type ModelTensors, modelTensorsSchema, pairListedModel } from "../../analysis/parametrizations/models/listed-model.ts";
import { isQuery } from "../../analysis/parametrizations/models/parameter-names.ts";
import type { NamedShape } from "../../analysis/parametrizations/models/stored-order.ts";
import { LadderError, type Problem } from "../../analysis/study/ladder-error.ts";
import { findSchemaProblems, formatPath, showValue } from "../configs/schema-problems.ts";
import { alignBaseShapes, baseShapesSchema, type BaseShapes, parseBaseShapes } from "./base-shapes.ts";

/** A parameter's shape by its name, as `{name: list(p.shape) for name, p in model.named_parameters()}` gives it. */
const shapesSchema = z.record(z.string().min(1), z.array(z.int().positive()));

/** Shapes with what is known of the base in the same file. */
const shapesWithBaseSchema = z.strictObject({
  shapes: shapesSchema,
  /** Base dimensions, or the path of a `.bsh` file beside this one. */
  baseShapes: z.union([z.string().min(1), baseShapesSchema]).optional(),
  /** The same parameters at the base width. */
  atBase: shapesSchema.optional(),
});

/** What a model file holds: a list with roles, or shapes by name. */
export type ModelFileContent =
  | { readonly kind: "listed"; readonly model: ModelTensors }
  | {
      readonly kind: "shapes";
      readonly shapes: readonly NamedShape[];
      readonly baseShapes?: BaseShapes;
      /** As written: to be found beside the model file. */
      readonly baseShapesPath?: string;
      readonly atBase?: readonly NamedShape[];
    };

export interface ModelFileOptions {
  /** Path of a `.bsh` file of the mup package. */
  readonly baseShapesPath?: string;
  /** Path of a JSON map of the same parameters at the base width. */
  readonly baseModelPath?: string;
  /** Both widths, for a file that says nothing of the base: roles are then guessed from names. */
  readonly width?: number;
  readonly baseWidth?: number;
  readonly headDimension?: number;
  readonly baseHeadDimension?: number;
}

export interface LoadedModel {
  /** Where roles come from: the file itself, base shapes, a list at the base, or names alone. */
  readonly origin: "listed" | "baseShapes" | "baseModel" | "names";
  readonly pairs: readonly TensorPair[];
  /** What was guessed, one a tensor, to be shown; empty for `listed`. */
  readonly guesses: readonly TensorGuess[];
  /** Queries were found: `requireHeadDimensions` must be asked before attention is scaled. */
  readonly hasAttention: boolean;
}

/**
 * Reads a model of the user's own: `{"tensors": [...]}` with roles and base shapes; `{"shapes": {...}}` with `baseShapes` or
 * `atBase`; or a plain map from names to shapes. What has no roles is guessed.
 *
 * @throws LadderError `missing` MODEL_FILE_MISSING; `input` MODEL_FILE_INVALID, BASE_SHAPES_INVALID, MODEL_BASE_UNKNOWN,
 *   MODEL_BASE_AMBIGUOUS, and what `pairListedModel`, `guessModel` and `requireGuessed` refuse
 */
export async function readModelFile(path: string, options: ModelFileOptions = {}): Promise<LoadedModel> {
  const content = parseModelFile(await readText(path), path);
  if (content.kind === "listed") {
    refuseSecondBase(path, options);
    const pairs = pairListedModel(content.model);
    return { origin: "listed", pairs, guesses: [], hasAttention: pairs.some(({ tensor }) => isQuery(tensor.name, tensor.module)) };
  }
  const { origin, knowledge } = await findBase(path, content, options);
  const guess = guessModel(content.shapes, knowledge);
  return { origin, pairs: requireGuessed(guess), guesses: guess.guesses, hasAttention: guess.hasAttention };
}

/**
 * The content of a model file.
 *
 * @param fileName as it is to appear in messages
 * @throws LadderError `input` MODEL_FILE_INVALID with every field that is wrong
 */
export function parseModelFile(text: string, fileName: string): ModelFileContent {
  const value = parseJson(text, fileName);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(fileName, [
      {
        path: "file",
        message: "must be an object",
        value: showValue(value),
        fix: 'write {"tensors": [...]}, or a map from names to shapes',
      },
    ]);
  if ("tensors" in value && !isShape(value.tensors)) return { kind: "listed", model: parseWith(modelTensorsSchema, value, fileName) };
  if ("shapes" in value && !isShape(value.shapes)) {
    const { shapes, baseShapes, atBase } = parseWith(shapesWithBaseSchema, value, fileName);
    if (baseShapes !== undefined && atBase !== undefined) throw baseTwice(fileName, ["baseShapes", "atBase"]);
    return {
      kind: "shapes",
      shapes: namedShapes(shapes, fileName),
      ...(typeof baseShapes === "string" ? { baseShapesPath: baseShapes } : {}),
      ...(typeof baseShapes === "object" ? { baseShapes: new Map(Object.entries(baseShapes)) } : {}),
      ...(atBase === undefined ? {} : { atBase: namedShapes(atBase, fileName) }),
    };
  }
  return { kind: "shapes", shapes: namedShapes(parseWith(shapesSchema, value, fileName), fileName) };
}

interface FoundBase {
  readonly origin: Exclude<LoadedModel["origin"], "listed">;
  readonly knowledge: GuessKnowledge;
}

async function findBase(
  path: string,
  content: Extract<ModelFileContent, { readonly kind: "shapes" }>,
  options: ModelFileOptions,
): Promise<FoundBase> {
  const names = content.shapes.map(({ name }) => name);
  const withBaseShapes = (shapes: BaseShapes): FoundBase => ({
    origin: "baseShapes",
    knowledge: { baseDimensions: alignBaseShapes(shapes, names) },
  });
  const readBaseShapes = async (file: string) => withBaseShapes(parseBaseShapes(await readText(file), file));
  const { baseShapesPath, baseModelPath, width, baseWidth, headDimension, baseHeadDimension } = options;
  const given = [
    ...(content.baseShapes !== undefined || content.baseShapesPath !== undefined ? [`baseShapes in ${path}`] : []),
    ...(content.atBase === undefined ? [] : [`atBase in ${path}`]),
    ...[baseShapesPath, baseModelPath].filter((file) => file !== undefined),
  ];
  if (given.length > 1) throw baseTwice(path, given);
  if (content.baseShapes !== undefined) return withBaseShapes(content.baseShapes);
  if (content.baseShapesPath !== undefined) return readBaseShapes(resolve(dirname(path), content.baseShapesPath));
  if (content.atBase !== undefined) return { origin: "baseModel", knowledge: { atBase: content.atBase } };
  if (baseShapesPath !== undefined) return readBaseShapes(baseShapesPath);
  if (baseModelPath !== undefined) {
    const base = parseModelFile(await readText(baseModelPath), baseModelPath);
    if (base.kind === "shapes") return { origin: "baseModel", knowledge: { atBase: base.shapes } };
    throw invalid(baseModelPath, [
      { path: "tensors", message: "lists roles, where shapes at the base are wanted", fix: 'write {"name": [shape], …}' },
    ]);
  }
  if (width !== undefined && baseWidth !== undefined)
    return {
      origin: "names",
      knowledge: {
        width,
        baseWidth,
        ...(headDimension === undefined ? {} : { headDimension }),
        ...(baseHeadDimension === undefined ? {} : { baseHeadDimension }),
      },
    };
  throw new LadderError("input", "MODEL_BASE_UNKNOWN", `${path} lists shapes, and nothing says which of their dimensions grow with width`, {
    fields: { file: path },
    hint: "give the shapes at the base width, a .bsh file, or both widths",
  });
}

function refuseSecondBase(path: string, { baseShapesPath, baseModelPath }: ModelFileOptions): void {
  const others = [baseShapesPath, baseModelPath].filter((file) => file !== undefined);
  if (others.length > 0) throw baseTwice(path, [`baseShape of every tensor in ${path}`, ...others]);
}

function baseTwice(path: string, given: readonly string[]): LadderError {
  return new LadderError("input", "MODEL_BASE_AMBIGUOUS", `the base of ${path} is given more than once: ${given.join("; ")}`, {
    fields: { file: path, given },
    hint: "leave all but one out",
  });
}

function isShape(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === "number");
}

function namedShapes(shapes: Readonly<Record<string, readonly number[]>>, fileName: string): readonly NamedShape[] {
  const named = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  if (named.length === 0) throw invalid(fileName, [{ path: "file", message: "names no parameter", fix: 'write {"name": [shape], …}' }]);
  return named;
}

function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown, fileName: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(
    fileName,
    findSchemaProblems(schema, value).map(({ path, message, value: shown, fix }) => ({
      path: path.length === 0 ? "file" : formatPath(path),
      message,
      ...(shown === undefined ? {} : { value: shown }),
      fix: fix ?? "shapes are lists of whole numbers, at least 1",
    })),
  );
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LadderError(
      "input",
      "MODEL_FILE_INVALID",
      `${fileName} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        fields: { file: fileName },
        hint: 'write {"tensors": [...]}, or a map from names to shapes; a .bsh file goes beside it',
        cause,
      },
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new LadderError(
      "missing",
      "MODEL_FILE_MISSING",
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        fields: { file: path },
        cause,
      },
    );
  }
}

function invalid(fileName: string, problems: readonly Problem[]): LadderError {
  const found = problems.slice(0, 3).map(({ path, message, value }) => `${path} ${value === undefined ? "" : `${value} `}${message}`);
  return new LadderError("input", "MODEL_FILE_INVALID", `${fileName}: ${found.join("; ")}${problems.length > 3 ? "; …" : ""}`, {
    fields: { file: fileName },
    problems,
  });
}
