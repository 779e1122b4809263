import { readFileSync } from "node:fs";
import { z } from "zod";
import { lookupTable, matrix, vector } from "../../../analysis/parametrizations/architectures/shapes.ts";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";

const caseSchema = z.strictObject({
  n_embd: z.number(),
  base_n_embd: z.number(),
  n_head: z.number(),
  n_layer: z.number(),
  base_n_layer: z.number(),
  depth_alpha_enabled: z.boolean(),
  alpha: z.number(),
  learning_rate: z.number(),
  weight_decay: z.number(),
  adam_eps: z.number(),
  init_std: z.number(),
  mup_input_alpha: z.number(),
  mup_output_alpha: z.number(),
  attention_scale: z.number(),
  residual_multiplier: z.number(),
  readout_input_scale: z.number(),
  params: z.record(
    z.string(),
    z.strictObject({
      shape: z.array(z.number()),
      init_std: z.number().nullable(),
      lr_scale: z.number(),
      weight_decay: z.number(),
      eps: z.number(),
    }),
  ),
});
export type CompletepCase = z.infer<typeof caseSchema>;

/** The golden file, parsed. */
export const golden = z
  .strictObject({ meta: z.record(z.string(), z.string()), cases: z.array(caseSchema) })
  .parse(JSON.parse(readFileSync(new URL("completep.json", import.meta.url), "utf8")));

/** Modules of nanoGPT, and how many widths their fan-in is. */
export const matrixModules: Readonly<Record<string, number>> = {
  "attn.c_attn": 1,
  "attn.c_proj": 1,
  "mlp.c_fc": 1,
  "mlp.c_proj": 4,
};
export const vectorModules: readonly string[] = [
  ...["ln_1", "ln_2", "ln_f"].flatMap((module) => [module, `${module}.bias`]),
  ...Object.keys(matrixModules).map((module) => `${module}.bias`),
];

/** A parameter of nanoGPT at its own shape and at the base width; every dimension but rows of tables follows the width. */
export function shapesOf(name: string, { params, n_embd, base_n_embd }: CompletepCase): { readonly tensor: TensorShape; readonly base: TensorShape } {
  const shape = params[name]?.shape ?? [];
  const path = name.replace(/^transformer\.(h\.\d+\.)?/, "");
  const module = path.replace(/\.(weight|bias)$/, "");
  const insideBlock = name.startsWith("transformer.h.");
  const [first = 0, second] = shape;
  const at = (width: number): TensorShape => {
    const scaled = (size: number): number => (size / n_embd) * width;
    if (module === "wte" || module === "wpe") return lookupTable(name, first, scaled(second ?? 0), module === "wte" ? { module, tied: true } : { module });
    if (second !== undefined) return matrix(name, "hidden", scaled(first), scaled(second), { module, insideBlock });
    return name.endsWith(".bias")
      ? vector(name, "bias", scaled(first), { module: `${module}.bias`, insideBlock })
      : vector(name, "normGain", scaled(first), { module, insideBlock });
  };
  return { tensor: at(n_embd), base: at(base_n_embd) };
}
