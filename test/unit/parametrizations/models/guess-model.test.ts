import { describe, expect, test } from "vitest";
import { familyTensors } from "../../../../analysis/parametrizations/models/family-pair.ts";
import { guessModel, requireGuessed, requireHeadDimensions } from "../../../../analysis/parametrizations/models/guess-model.ts";
import { modelFamilies } from "../../../../analysis/parametrizations/models/index.ts";
import type { NamedShape } from "../../../../analysis/parametrizations/models/stored-order.ts";
import { golden, shapesOf } from "../../../golden/parametrizations/mup-cases.ts";

function shapes(entries: Readonly<Record<string, readonly number[]>>): readonly NamedShape[] {
  return Object.entries(entries).map(([name, shape]) => ({ name, shape }));
}

function rolesOf(guess: ReturnType<typeof guessModel>): Readonly<Record<string, string>> {
  return Object.fromEntries(guess.guesses.map(({ name, role }) => [name, role]));
}

const llama = (width: number, layers = 1): readonly NamedShape[] =>
  shapes({
    "model.embed_tokens.weight": [32_000, width],
    ...Object.fromEntries(
      Array.from({ length: layers }, (_, layer): [string, readonly number[]][] => [
        [`model.layers.${layer}.self_attn.q_proj.weight`, [width, width]],
        [`model.layers.${layer}.self_attn.k_proj.weight`, [width / 4, width]],
        [`model.layers.${layer}.self_attn.v_proj.weight`, [width / 4, width]],
        [`model.layers.${layer}.self_attn.o_proj.weight`, [width, width]],
        [`model.layers.${layer}.mlp.gate_proj.weight`, [(width * 7) / 2, width]],
        [`model.layers.${layer}.mlp.up_proj.weight`, [(width * 7) / 2, width]],
        [`model.layers.${layer}.mlp.down_proj.weight`, [width, (width * 7) / 2]],
        [`model.layers.${layer}.input_layernorm.weight`, [width]],
        [`model.layers.${layer}.post_attention_layernorm.weight`, [width]],
      ]).flat(),
    ),
    "model.norm.weight": [width],
    "lm_head.weight": [32_000, width],
  });

describe("by mup's rule, from dimensions that differ", () => {
  test.each(golden.cases.map((found) => [found.id, found] as const))("%s: roles, fans and bases as in the mup package", (_id, found) => {
    const baseDimensions = new Map(found.params.map(({ name, base_shape }) => [name, base_shape]));
    const guess = guessModel(found.params, { baseDimensions });
    const pairs = requireGuessed(guess);
    expect(pairs).toHaveLength(found.params.length);
    for (const [index, parameter] of found.params.entries()) {
      const wanted = shapesOf(parameter);
      const infinite = parameter.base_shape.filter((size) => size !== null).length;
      const role = infinite === 0 ? "scalar" : wanted.tensor.role;
      expect(pairs[index]?.tensor, parameter.name).toMatchObject({ ...wanted.tensor, role });
      expect(pairs[index]?.base, parameter.name).toMatchObject({ ...wanted.base, role });
    }
    const tied = pairs.filter(({ tensor }) => tensor.tied === true).map(({ tensor }) => tensor.name);
    expect(tied).toEqual(found.id.startsWith("tr-tied") ? ["tok_emb.weight"] : []);
  });

  test("a list at the base says the same as a file of base dimensions", () => {
    const wide = llama(512);
    const guess = guessModel(wide, { atBase: llama(128) });
    expect(guess.problems).toEqual([]);
    expect(guess.guesses.filter(({ role }) => role === "hidden").every(({ confidence }) => confidence === "certain")).toBe(true);
    expect(guess.guesses.find(({ name }) => name.includes("k_proj"))?.pair.base.shape).toEqual([32, 128]);
    expect(guess.guesses.find(({ name }) => name === "lm_head.weight")).toMatchObject({ role: "output", confidence: "likely" });
  });

  test("what mup trains in silence is refused: a base of the same width, or of other tensors", () => {
    expect(() => guessModel(llama(512), { atBase: llama(512) })).toThrow(/no dimension of any tensor grows/);
    expect(() => guessModel(llama(512, 2), { atBase: llama(128, 1) })).toThrow(/model.layers.1.self_attn.q_proj.weight has no base/);
  });

  test("a table and a readout look alike: without a name that tells, it is a problem and no guess", () => {
    const guess = guessModel(shapes({ a: [9, 64], "lm_head.weight": [9, 64] }), {
      atBase: shapes({ a: [9, 32], "lm_head.weight": [9, 32] }),
    });
    expect(guess.problems).toEqual([expect.objectContaining({ path: "a", value: "[9,64]" })]);
    expect(guess.problems[0]?.message).toMatch(/a: its last dimension alone grows/);
    expect(() => requireGuessed(guess)).toThrow(/the role of a tensor cannot be guessed: a: /);
  });

  test("another vocabulary at the base does not make a table hidden", () => {
    const guess = guessModel(shapes({ wte: [100, 64] }), { atBase: shapes({ wte: [50, 32] }) });
    expect(guess.problems[0]?.message).toMatch(/"wte" is a table, but its rows grow/);
  });
});

describe("by names, where one width is all that is known", () => {
  const known = { width: 512, baseWidth: 128 };

  test("Llama as transformers lists it", () => {
    const guess = guessModel(llama(512), known);
    expect(guess.problems).toEqual([]);
    expect(
      guess.guesses.map(({ pair }) => [pair.tensor.module, pair.tensor.role, pair.tensor.insideBlock ?? false, pair.base.shape]),
    ).toEqual([
      ["embedding", "input", false, [32_000, 128]],
      ["attention.query", "hidden", true, [128, 128]],
      ["attention.key", "hidden", true, [32, 128]],
      ["attention.value", "hidden", true, [32, 128]],
      ["attention.output", "hidden", true, [128, 128]],
      ["feedForward.gate", "hidden", true, [448, 128]],
      ["feedForward.up", "hidden", true, [448, 128]],
      ["feedForward.down", "hidden", true, [128, 448]],
      ["attention.norm", "normGain", true, [128]],
      ["feedForward.norm", "normGain", true, [128]],
      ["finalNorm", "normGain", false, [128]],
      ["readout", "output", false, [32_000, 128]],
    ]);
    for (const { name, reason, confidence } of guess.guesses) {
      expect(reason, name).toMatch(/"|vector/);
      expect(confidence, name).not.toBe("certain");
    }
  });

  const gpt2 = (stored: "linear" | "conv1D") => {
    const matrix = (fanOut: number, fanIn: number) => (stored === "linear" ? [fanOut, fanIn] : [fanIn, fanOut]);
    return shapes({
      "transformer.wte.weight": [50_257, 512],
      "transformer.wpe.weight": [1024, 512],
      "transformer.h.0.ln_1.weight": [512],
      "transformer.h.0.ln_1.bias": [512],
      "transformer.h.0.attn.c_attn.weight": matrix(1536, 512),
      "transformer.h.0.attn.c_attn.bias": [1536],
      "transformer.h.0.attn.c_proj.weight": matrix(512, 512),
      "transformer.h.0.mlp.c_fc.weight": matrix(2048, 512),
      "transformer.h.0.mlp.c_proj.weight": matrix(512, 2048),
      "transformer.ln_f.weight": [512],
    });
  };

  test("GPT-2, tied, as nanoGPT and as transformers store it", () => {
    for (const stored of ["linear", "conv1D"] as const) {
      const guess = guessModel(gpt2(stored), known);
      expect(guess.problems).toEqual([]);
      expect(guess.hasAttention).toBe(true);
      const of = (name: string) => guess.guesses.find((found) => found.name === `transformer.${name}`);
      expect(of("wte.weight")).toMatchObject({ role: "input", pair: { tensor: { tied: true, lookup: true } } });
      expect(of("wte.weight")?.reason).toMatch(/no readout is listed, so it is taken to be tied/);
      expect(of("wpe.weight")?.pair.tensor.tied).toBeUndefined();
      expect(of("h.0.mlp.c_fc.weight")?.pair.tensor).toMatchObject({ shape: [2048, 512], fanIn: 512, module: "feedForward.up" });
      expect(of("h.0.mlp.c_proj.weight")?.pair.tensor).toMatchObject({ fanIn: 2048, module: "feedForward.down", insideBlock: true });
      expect(of("h.0.attn.c_proj.weight")?.pair.tensor.module).toBe("attention.output");
      expect(of("h.0.attn.c_attn.bias")?.pair).toMatchObject({ tensor: { role: "bias" }, base: { shape: [384] } });
      expect(of("h.0.mlp.c_fc.weight")?.reason.includes("Conv1D")).toBe(stored === "conv1D");
    }
  });

  test("a plain network: the first product reads the data, the last is the readout, its bias a scalar", () => {
    const guess = guessModel(
      shapes({
        "hidden.0.weight": [512, 48],
        "hidden.0.bias": [512],
        "hidden.1.weight": [512, 512],
        "out.weight": [10, 512],
        "out.bias": [10],
      }),
      known,
    );
    expect(rolesOf(guess)).toEqual({
      "hidden.0.weight": "input",
      "hidden.0.bias": "bias",
      "hidden.1.weight": "hidden",
      "out.weight": "output",
      "out.bias": "scalar",
    });
    expect(guess.guesses.some(({ pair }) => pair.tensor.insideBlock)).toBe(false);
  });

  test("experts: their router is an output tensor, and a gate without experts is not a router", () => {
    const block = { "embed_tokens.weight": [9, 512], "layers.0.mlp.gate.weight": [8, 512] };
    const sparse = guessModel(shapes({ ...block, "layers.0.mlp.experts.0.w1.weight": [1024, 512], "lm_head.weight": [9, 512] }), known);
    expect(sparse.guesses.find(({ role, name }) => role === "output" && name.includes("gate"))?.pair.tensor.module).toBe(
      "feedForward.router",
    );
    expect(rolesOf(sparse)).toMatchObject({ "layers.0.mlp.gate.weight": "output", "layers.0.mlp.experts.0.w1.weight": "hidden" });
    const dense = guessModel(shapes({ "embed_tokens.weight": [9, 512], "layers.0.mlp.gate.weight": [1024, 512] }), known);
    expect(rolesOf(dense)).toMatchObject({ "layers.0.mlp.gate.weight": "hidden" });
    const stacked = guessModel(shapes({ "layers.0.mlp.experts.up_proj": [8, 512, 1024] }), known);
    expect(stacked.problems[0]?.message).toMatch(/a stack of experts/);
  });

  test("a bias follows its matrix; one without is a scalar where it is as long as a table has rows, else a problem", () => {
    const guess = guessModel(
      shapes({
        "wte.weight": [1024, 512],
        "h.0.mlp.fc1.weight": [1536, 512],
        "h.0.mlp.fc1.bias": [1536],
        "h.0.odd.weight": [7, 512],
        "h.0.odd.bias": [7],
        "h.0.dt_bias": [24],
        "cls.predictions.bias": [1024],
        "lm_head.bias": [1000],
      }),
      known,
    );
    expect(rolesOf(guess)).toEqual({
      "wte.weight": "input",
      "h.0.mlp.fc1.weight": "hidden",
      "h.0.mlp.fc1.bias": "bias",
      "cls.predictions.bias": "scalar",
      "lm_head.bias": "scalar",
    });
    expect(guess.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^h.0.odd.weight: its name does not tell/),
      expect.stringMatching(/^h.0.odd.bias: the bias of h.0.odd.weight, which is not understood/),
      expect.stringMatching(/^h.0.dt_bias: a bias of length 24 without a matrix of its own/),
    ]);
  });

  test("images: patches, class token and positions of timm's ViT; kernels of torchvision's ResNet", () => {
    const vit = guessModel(
      shapes({
        cls_token: [1, 1, 512],
        pos_embed: [1, 197, 512],
        "patch_embed.proj.weight": [512, 3, 16, 16],
        "patch_embed.proj.bias": [512],
        "blocks.0.norm1.weight": [512],
        "blocks.0.attn.qkv.weight": [1536, 512],
        "blocks.0.attn.proj.weight": [512, 512],
        "blocks.0.mlp.fc1.weight": [2048, 512],
        "blocks.0.mlp.fc2.weight": [512, 2048],
        "norm.weight": [512],
        "head.weight": [1000, 512],
        "head.bias": [1000],
      }),
      known,
    );
    expect(vit.problems).toEqual([]);
    expect(vit.guesses.map(({ role }) => role).join(" ")).toBe(
      "input input input bias normGain hidden hidden hidden hidden normGain output scalar",
    );
    expect(vit.guesses[0]?.pair.tensor).toMatchObject({ shape: [1, 512], lookup: true });
    expect(vit.guesses[1]?.pair.base).toMatchObject({ shape: [197, 128], lookup: true });
    expect(vit.guesses[2]?.pair.base).toMatchObject({ shape: [128, 3, 16, 16], fanIn: 768 });

    const resnet = guessModel(
      shapes({
        "conv1.weight": [64, 3, 7, 7],
        "bn1.weight": [64],
        "bn1.bias": [64],
        "layer1.0.conv1.weight": [64, 64, 3, 3],
        "layer2.0.downsample.0.weight": [128, 64, 1, 1],
        "layer2.0.downsample.1.weight": [128],
        "fc.weight": [1000, 128],
        "fc.bias": [1000],
      }),
      { width: 64, baseWidth: 16 },
    );
    expect(resnet.problems).toEqual([]);
    expect(resnet.guesses.map(({ role }) => role).join(" ")).toBe("input normGain bias hidden hidden normGain output scalar");
    expect(resnet.guesses.filter(({ pair }) => pair.tensor.insideBlock).map(({ name }) => name)).toEqual(["layer1.0.conv1.weight"]);
    expect(resnet.guesses[5]).toMatchObject({ confidence: "unsure" });
  });

  test("Flax kernels are turned round", () => {
    const guess = guessModel(shapes({ "params/Dense_0/kernel": [48, 512], "params/Dense_1/kernel": [512, 10] }), known);
    expect(guess.guesses.map(({ role, pair }) => [role, ...pair.tensor.shape])).toEqual([
      ["input", 512, 48],
      ["output", 10, 512],
    ]);
    expect(guess.guesses[0]?.reason).toMatch(/stored \[fanIn, fanOut\]/);
  });

  test("gains of single heads are scalars where heads keep their size, and grow where they do not; unknown, they are a problem", () => {
    const list = shapes({ "layers.0.self_attn.q_norm.weight": [64] });
    expect(guessModel(list, known).problems[0]?.fix).toMatch(/headDimension/);
    expect(guessModel(list, { ...known, headDimension: 64, baseHeadDimension: 64 }).guesses[0]).toMatchObject({
      role: "scalar",
      pair: { tensor: { initMean: 1 } },
    });
    expect(guessModel(list, { ...known, headDimension: 64, baseHeadDimension: 16 }).guesses[0]).toMatchObject({
      role: "normGain",
      pair: { base: { shape: [16] } },
    });
  });

  test("what no name and no proportion tells is a problem with the tensor's name, and nothing is left out", () => {
    const list = shapes({
      "wte.weight": [100, 512],
      "h.0.mixer.A_log": [1024, 16],
      "h.0.mixer.D": [1024],
      "h.0.q_proj.lora_A.weight": [8, 512],
      "h.0.odd.weight": [1024, 512],
      logit_scale: [],
      "lm_head.weight": [100, 512],
    });
    const guess = guessModel(list, known);
    expect(guess.problems.map(({ path }) => path)).toEqual(["h.0.mixer.A_log", "h.0.mixer.D", "h.0.q_proj.lora_A.weight"]);
    expect(guess.guesses).toHaveLength(list.length - guess.problems.length);
    expect(guess.guesses.find(({ name }) => name === "h.0.odd.weight")).toMatchObject({ role: "hidden", confidence: "unsure" });
    expect(guess.guesses.find(({ name }) => name === "logit_scale")).toMatchObject({ role: "scalar", confidence: "certain" });
  });

  test("a base width that leaves a fraction is refused, not rounded", () => {
    const guess = guessModel(shapes({ "mlp.fc1.weight": [2048, 768], "wte.weight": [9, 768] }), { width: 768, baseWidth: 100 });
    expect(guess.problems[0]?.message).toMatch(/would be 266.66.* at base width 100/);
  });
});

test("our own names are guessed as what they are, for every family", () => {
  const small = { width: 64, depth: 4, headDimension: 16 };
  for (const family of modelFamilies) {
    const parameters = Object.fromEntries(
      family.parameters.filter(({ name }) => /^(biases|gatedFeedForward)$/.test(name)).map(({ name }): [string, boolean] => [name, true]),
    );
    const wide = familyTensors(family, { ...small, width: 256 }, parameters);
    const pairs = requireGuessed(guessModel(wide, { atBase: familyTensors(family, small, parameters) }));
    expect(
      pairs.map(({ tensor }) => [tensor.name, tensor.role, tensor.fanIn]),
      family.id,
    ).toEqual(wide.map(({ name, role, fanIn }) => [name, role, fanIn]));
  }
});

test("head dimensions: both must be known where there is attention", () => {
  const known = { headDimension: 64, baseHeadDimension: undefined };
  expect(() => requireHeadDimensions({ hasAttention: true, ...known })).toThrow(/head dimension of its base is not known/);
  expect(requireHeadDimensions({ hasAttention: true, headDimension: 64, baseHeadDimension: 32 })).toEqual({
    headDimension: 64,
    baseHeadDimension: 32,
  });
  expect(requireHeadDimensions({ hasAttention: false, headDimension: undefined, baseHeadDimension: undefined })).toEqual({
    headDimension: 1,
    baseHeadDimension: 1,
  });
});
