import { readFileSync } from "node:fs";
import { z } from "zod";

const scaleSchema = z.strictObject({ tensor: z.string(), direction: z.enum(["fwd", "bwd"]), factor: z.number() });
/** One factor as the library recorded it: `output fwd`, `input bwd` … */
export type GoldenScale = z.infer<typeof scaleSchema>;

const operationSchema = z.strictObject({
  op: z.string(),
  shapes: z.record(z.string(), z.array(z.number())),
  args: z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.null(), z.array(z.number())])),
  scales: z.array(scaleSchema),
});
export type GoldenOperation = z.infer<typeof operationSchema>;

const moduleSchema = z.strictObject({
  module: z.string(),
  name: z.enum(["weight", "bias"]),
  shape: z.array(z.number()),
  mup_type: z.enum(["weight", "bias", "norm", "output"]),
  initial_std: z.number().nullable(),
  constant_init: z.number().nullable(),
  lr_scale_adam: z.number(),
  lr_scale_sgd_to_output_scale: z.number(),
});

const decoderParameterSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.number()),
  mup_type: z.enum(["weight", "output"]),
  mup_scaling_depth: z.number().nullable(),
  lr_scale_adam: z.number(),
  lr_scale_sgd_readout_none: z.number(),
  lr_scale_sgd_readout_to_output_scale: z.number(),
});

const decoderSchema = z.strictObject({
  hidden_size: z.number(),
  vocab_size: z.number(),
  layers: z.number(),
  heads: z.number(),
  params: z.array(decoderParameterSchema),
  optimizers: z.array(
    z.strictObject({
      optimizer: z.enum(["Adam", "AdamW", "SGD"]),
      independent_weight_decay: z.boolean(),
      lr: z.number(),
      weight_decay: z.number(),
      params: z.record(z.string(), z.strictObject({ lr: z.number(), weight_decay: z.number() })),
    }),
  ),
  taus: z.array(z.strictObject({ mhsa_tau: z.number(), mlp_tau: z.number() })),
});

/** Nothing may be in the file that is not named here. */
const goldenSchema = z.strictObject({
  meta: z.record(z.string(), z.union([z.string(), z.number()])),
  ops: z.array(operationSchema),
  constraints: z.array(z.strictObject({ constraint: z.string(), scales: z.array(z.number()), result: z.array(z.number()) })),
  residual_rule: z.array(
    z.strictObject({
      residual_mult: z.number(),
      residual_attn_ratio: z.number(),
      transformer_layers: z.number(),
      tau: z.array(z.number()),
      residual_coeff: z.array(z.number()),
      skip_coeff: z.array(z.number()),
    }),
  ),
  residual_split_add: z.array(z.strictObject({ tau: z.number(), split: z.array(scaleSchema), add: z.array(scaleSchema) })),
  modules: z.array(moduleSchema),
  transformer_decoders: z.array(decoderSchema),
});

/** The golden file, parsed. */
export const golden = goldenSchema.parse(JSON.parse(readFileSync(new URL("unit-scaling.json", import.meta.url), "utf8")));
