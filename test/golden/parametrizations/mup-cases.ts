import { readFileSync } from "node:fs";
import { z } from "zod";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import type { TensorRole } from "../../../analysis/study/trainer-contract.ts";
import { countNumbers } from "./tally.ts";

const roles: Readonly<Record<string, TensorRole>> = {
  input: "input",
  embedding: "input",
  hidden: "hidden",
  output: "output",
  bias: "bias",
  output_bias: "bias",
  norm_gain: "normGain",
  norm_bias: "bias",
};

const parameterSchema = z.object({
  name: z.string(),
  role: z.string(),
  shape: z.array(z.number()),
  base_shape: z.array(z.number().nullable()),
  ninf: z.number(),
  width_mult: z.number(),
  fanin_fanout_mult_ratio: z.number().nullable(),
  default_init_rescale: z.number().nullable(),
  init_std: z.record(z.string(), z.number()),
});
export type GoldenParameter = z.infer<typeof parameterSchema>;

const optimizerSchema = z.object({
  optimizer: z.enum(["MuAdam", "MuAdamW", "MuSGD"]),
  decoupled_wd: z.boolean(),
  lr: z.number(),
  weight_decay: z.number(),
  params: z.record(z.string(), z.object({ lr: z.number(), weight_decay: z.number(), lr_mult: z.number(), wd_mult: z.number() })),
});

const configSchema = z.record(z.string(), z.unknown());

const goldenSchema = z.object({
  meta: configSchema,
  cases: z.array(
    z.object({
      id: z.string(),
      base: configSchema,
      delta: configSchema,
      target: configSchema,
      params: z.array(parameterSchema),
      readout_forward: z.array(z.object({ name: z.string(), width_mult: z.number(), output_mult: z.number(), input_scale: z.number() })),
      optimizers: z.array(optimizerSchema),
    }),
  ),
  errors: z.array(
    z.object({
      id: z.string(),
      base: z.record(z.string(), z.union([z.number(), z.boolean()])),
      delta: configSchema,
      target: z.record(z.string(), z.union([z.number(), z.boolean()])),
      raises: z.string().nullable(),
      /** Infinite dimensions that the library saw, where it raised nothing. */
      ninf: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

const json: unknown = JSON.parse(readFileSync(new URL("mup.json", import.meta.url), "utf8"));

/** The golden file, parsed. */
export const golden = goldenSchema.parse(json);
export type GoldenCase = (typeof golden.cases)[number];

/** How many numbers the file holds, whether or not a schema reads them. */
export const numbersInFile = countNumbers(json);

/** The shape of a parameter at its target, and at its base: a dimension without base is finite and stays. */
export function shapesOf(parameter: GoldenParameter): { readonly tensor: TensorShape; readonly base: TensorShape } {
  const baseShape = parameter.shape.map((size, index) => parameter.base_shape[index] ?? size);
  return { tensor: shapeOf(parameter, parameter.shape), base: shapeOf(parameter, baseShape) };
}

function shapeOf(parameter: Pick<GoldenParameter, "name" | "role">, shape: readonly number[]): TensorShape {
  const role = roles[parameter.role];
  if (role === undefined) throw new Error(`unknown role ${parameter.role}`);
  const [first = 1, second] = shape;
  if (second === undefined) return { name: parameter.name, role, shape, fanIn: 1, fanOut: first, lookup: false };
  if (parameter.role === "embedding") return { name: parameter.name, role, shape, fanIn: 1, fanOut: second, lookup: true };
  return { name: parameter.name, role, shape, fanIn: second, fanOut: first, lookup: false };
}
