import { z } from "zod";
import { LadderError, type Problem } from "../../study/ladder-error.ts";
import { type TensorRole, tensorRoles } from "../../study/trainer-contract.ts";
import type { TensorShape } from "../architectures/contract.ts";
import { lookupTable, placedTensor, type TensorPlace } from "../architectures/shapes.ts";
import type { TensorPair } from "./contract.ts";

const size = z.int().positive();

/** One tensor of a user's own model. */
export const listedTensorSchema = z.strictObject({
  name: z.string().min(1),
  role: z.enum(tensorRoles),
  /** Matrices and kernels [fanOut, fanIn, ...kernel], lookup tables [rows, width], vectors [length]. */
  shape: z.array(size).min(1),
  /** The same at the base; null for a dimension that is the same at every width. Only scalars may leave it out. */
  baseShape: z.array(size.nullable()).min(1).optional(),
  /** What it is, for rules of single modules: `embedding`, `attention.query`, `readout` … */
  module: z.string().min(1).optional(),
  /** True inside a residual block, where depth rules apply. */
  insideBlock: z.boolean().optional(),
  /** True for tables of which rows are read; left out: true for an input tensor [rows, width] whose rows stay. */
  lookup: z.boolean().optional(),
  /** True for an embedding that is the readout as well. */
  tied: z.boolean().optional(),
  /** Factor on the deviation of its role at the start; 0 for what starts at zero. */
  initStdFactor: z.number().nonnegative().optional(),
  /** Value of every entry before noise. */
  initMean: z.number().optional(),
});
export type ListedTensor = z.infer<typeof listedTensorSchema>;

/** A user's own model: its tensors, in the order of a table's rows. */
export const modelTensorsSchema = z.strictObject({ tensors: z.array(listedTensorSchema).min(1) });
export type ModelTensors = z.infer<typeof modelTensorsSchema>;

/** Which of [fan-in, fan-out] grow with width for a role; the first two dimensions of a matrix are [fanOut, fanIn]. */
const growingDimensions: Readonly<Record<TensorRole, string>> = {
  input: "its fan-out alone",
  hidden: "fan-in and fan-out",
  output: "its fan-in alone",
  bias: "its one dimension",
  normGain: "its one dimension",
  scalar: "nothing",
};

/**
 * Every listed tensor beside itself at its base shape.
 *
 * @throws LadderError `input` MODEL_TENSORS_INVALID with every tensor that is wrong: a name twice, a base shape that is
 *   missing or of another length, a role that its shapes contradict, a table that cannot be told from a matrix
 */
export function pairListedModel(model: ModelTensors): readonly TensorPair[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const pairs = model.tensors.flatMap((listed, index): TensorPair[] => {
    const found = [...(seen.has(listed.name) ? [nameTwice(listed)] : []), ...checkTensor(listed)];
    seen.add(listed.name);
    problems.push(...found.map((problem) => ({ ...problem, path: `tensors[${index}].${problem.path}` })));
    return found.length > 0 ? [] : [pairTensor(listed)];
  });
  if (problems.length > 0)
    throw new LadderError(
      "input",
      "MODEL_TENSORS_INVALID",
      `the list of tensors has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}: ${problems.map(({ message }) => message).join("; ")}`,
      { problems },
    );
  return pairs;
}

/** The base shape with dimensions that stay filled in from the shape itself. */
function baseSizes({ shape, baseShape = [] }: ListedTensor): readonly number[] {
  return shape.map((here, axis) => baseShape[axis] ?? here);
}

function pairTensor(listed: ListedTensor): TensorPair {
  return { tensor: shaped(listed, listed.shape), base: shaped(listed, baseSizes(listed)) };
}

function shaped(listed: ListedTensor, shape: readonly number[]): TensorShape {
  const { name, role } = listed;
  const place: TensorPlace = {
    ...(listed.module === undefined ? {} : { module: listed.module }),
    ...(listed.insideBlock === undefined ? {} : { insideBlock: listed.insideBlock }),
    ...(listed.tied === undefined ? {} : { tied: listed.tied }),
    ...(listed.initStdFactor === undefined ? {} : { initStdFactor: listed.initStdFactor }),
    ...(listed.initMean === undefined ? {} : { initMean: listed.initMean }),
  };
  const [rows = 1, width = 1] = shape;
  return isLookup(listed) ? lookupTable(name, rows, width, place) : placedTensor(name, role, shape, place);
}

/** True, false, or unknown: at the base itself [rows, width] looks as [width, features] does. */
function isLookup(listed: ListedTensor): boolean | undefined {
  if (listed.lookup !== undefined) return listed.lookup;
  if (listed.role !== "input" || listed.shape.length !== 2) return false;
  const [rowsGrow, widthGrows] = growing(listed);
  if (rowsGrow === false && widthGrows === true) return true;
  if (rowsGrow === true) return false;
  return undefined;
}

/** For every dimension whether it grows: null says no, another size yes, an equal one nothing. */
function growing({ shape, baseShape }: ListedTensor): readonly (boolean | undefined)[] {
  const entries = shape.map((here, axis) => {
    const base = baseShape?.[axis];
    return base === null ? false : base === here || base === undefined ? undefined : true;
  });
  // Where some dimension is known to grow, one that is equal at both widths does not; at the base itself, null says which stay.
  const others = entries.includes(true) ? false : entries.includes(false) ? true : undefined;
  return entries.map((entry) => entry ?? others);
}

function nameTwice({ name }: ListedTensor): Problem {
  return { path: "name", message: `${name} is listed twice`, value: JSON.stringify(name), fix: "give every tensor its own name" };
}

function checkTensor(listed: ListedTensor): readonly Problem[] {
  const { name, role, shape, baseShape } = listed;
  if (baseShape === undefined && role !== "scalar")
    return [
      {
        path: "baseShape",
        message: `${name} is ${article(role)} ${role} tensor whose base shape is unknown`,
        value: JSON.stringify(shape),
        fix: `write baseShape: the shape at the base width; in ${article(role)} ${role} tensor ${growingDimensions[role]} grows`,
      },
    ];
  if (baseShape !== undefined && baseShape.length !== shape.length)
    return [
      {
        path: "baseShape",
        message: `${name} has ${shape.length} dimensions here and ${baseShape.length} at the base`,
        value: JSON.stringify(baseShape),
        fix: "write as many, null for a dimension that never grows",
      },
    ];
  return [...checkRank(listed), ...checkGrowth(listed), ...checkTable(listed)];
}

function checkRank({ name, role, shape, tied }: ListedTensor): readonly Problem[] {
  const needsMatrix = role === "hidden" || role === "input" || role === "output";
  const fitting = role === "scalar" || (needsMatrix ? shape.length >= 2 : shape.length === 1);
  const example = role === "output" ? "[1, width]" : role === "input" ? "[width, 1], or [1, width] with lookup: true" : "[fanOut, fanIn]";
  const rank: readonly Problem[] = fitting
    ? []
    : [
        {
          path: "shape",
          message: `${name} is ${role}, but has ${shape.length === 1 ? "one dimension" : `${shape.length} dimensions`}`,
          value: JSON.stringify(shape),
          fix: needsMatrix ? `write ${example}` : "write [length], or another role",
        },
      ];
  if (tied !== true || role === "input") return rank;
  return [
    ...rank,
    {
      path: "tied",
      message: `${name} is tied, but ${role}`,
      value: "true",
      fix: "an embedding that is the readout as well has role input",
    },
  ];
}

function checkGrowth(listed: ListedTensor): readonly Problem[] {
  const { name, role, shape, baseShape } = listed;
  const grows = growing(listed);
  const table = isLookup(listed) === true;
  const [first, second] = table ? [grows[1], grows[0]] : [grows[0], grows[1]];
  const wanted: Readonly<Record<TensorRole, readonly [boolean, boolean]>> = {
    input: [true, false],
    hidden: [true, true],
    output: [false, true],
    bias: [true, false],
    normGain: [true, false],
    scalar: [false, false],
  };
  const [fanOutGrows, fanInGrows] = wanted[role];
  const fits = (found: boolean | undefined, expected: boolean) => found === undefined || found === expected;
  if (fits(first, fanOutGrows) && fits(second, fanInGrows) && grows.slice(2).every((kernel) => kernel !== true)) return [];
  return [
    {
      path: "role",
      message: `${name} is ${role}, but its shape is ${JSON.stringify(shape)} here and ${JSON.stringify(baseShape)} at the base`,
      value: JSON.stringify(role),
      fix: `in ${article(role)} ${role} tensor ${growingDimensions[role]} grows; matrices are [fanOut, fanIn], lookup tables [rows, width]`,
    },
  ];
}

function checkTable(listed: ListedTensor): readonly Problem[] {
  if (listed.lookup === true && (listed.role !== "input" || listed.shape.length !== 2))
    return [
      {
        path: "lookup",
        message: `${listed.name} is a lookup table, but ${listed.role} with shape ${JSON.stringify(listed.shape)}`,
        value: "true",
        fix: "a lookup table has role input and shape [rows, width]",
      },
    ];
  if (isLookup(listed) !== undefined) return [];
  return [
    {
      path: "lookup",
      message: `${listed.name} has the same shape at the base, so that a table [rows, width] cannot be told from a matrix [width, features]`,
      value: JSON.stringify(listed.shape),
      fix: "write lookup: true or false, or null in baseShape for the dimension that never grows",
    },
  ];
}

function article(role: TensorRole): string {
  return /^[aeiou]/.test(role) ? "an" : "a";
}
