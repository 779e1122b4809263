import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TransferRequest } from "../../../infra/configs/config-format.ts";
import { applyToConfig, patchConfig } from "../../../infra/configs/index.ts";
import { nanoGptMup } from "../../../infra/configs/nanogpt-mup.ts";
import { readPython } from "../../../infra/configs/python-assignments.ts";

const example = readFileSync(new URL("../../../examples/configs/nanogpt-mup.py", import.meta.url), "utf8");
const target = { width: 256, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
const request: TransferRequest = {
  parametrization: "mup",
  hyperparameters: { learningRate: 2 ** -5, weightDecay: 0, epsilon: 1e-8 },
  base: { width: 16, depth: 2, headDimension: 8 },
  target,
};

describe("the demo's recommendation in the example config", () => {
  const applied = applyToConfig(example, "nanogpt-mup.py", request, "recommendation rec-0123456789\nstudy width-transfer");

  test("learning rate and muP's switches are written, and nothing else", () => {
    expect(applied.changes.map(({ key, before, after }) => [key, before, after])).toEqual([
      ["learning_rate", "6e-4", "0.03125"],
      ["mup_enabled", "False", "True"],
      ["mup_width_multiplier", "1.0", "16.0"],
      ["mup_disable_attention_scaling", "False", "True"],
    ]);
    expect(applied.text).toContain("learning_rate = 0.03125  # peak, at the base width");
  });

  test("the header says where the values came from, at the top", () => {
    expect(applied.text.split("\n").slice(0, 4)).toEqual([
      "# --- written by ladder apply ---",
      "# recommendation rec-0123456789",
      "# study width-transfer",
      "# --- end of ladder apply ---",
    ]);
  });

  test("read back, the config says what was asked for", () => {
    expect(nanoGptMup.parse(applied.text)).toMatchObject(applied.values);
  });
});

test("SP writes the value and switches muP off", () => {
  expect(nanoGptMup.express({ ...request, parametrization: "sp" })).toEqual({
    learningRate: 2 ** -5,
    weightDecay: 0,
    maximalUpdate: false,
  });
});

test("attention is divided by what the rule set says, head dimension or its square root, never by what the base happens to be", () => {
  const divides = (parametrization: string, headDimension: number) =>
    nanoGptMup.express({ ...request, parametrization, target: { ...target, headDimension } }).attentionDividesBySquareRoot;
  expect([divides("mup", 8), divides("mup:attention=inverse-square-root", 8), divides("mup:attention=inverse", 8)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([divides("mup:attention=inverse-square-root", 64), divides("mup:attention=inverse", 64)]).toEqual([true, false]);
});

describe("what nanoGPT-mup cannot say is refused", () => {
  const express = (change: Partial<TransferRequest>) => () => nanoGptMup.express({ ...request, ...change });

  test("weight decay that grows with width; the rule set that leaves it alone is fine", () => {
    const hyperparameters = { learningRate: 0.1, weightDecay: 0.1 };
    expect(express({ hyperparameters })).toThrow(/weightDecay mup scales it with width/);
    expect(nanoGptMup.express({ ...request, hyperparameters, parametrization: "mup-constant-weight-decay" })).toMatchObject({
      weightDecay: 0.1,
      maximalUpdate: true,
    });
    expect(nanoGptMup.express({ ...request, hyperparameters, target: { ...target, width: 16 } })).toMatchObject({
      weightDecay: 0.1,
      widthMultiplier: 1,
    });
  });

  test("heads of another size than the base's", () => {
    expect(express({ target: { ...target, headDimension: 64 } })).toThrow(/sqrt\(8\)\/64/);
  });

  test("an initial deviation factor, a hyperparameter without a key, multipliers without muP", () => {
    expect(express({ hyperparameters: { learningRate: 0.1, initStd: 0.5, temperature: 2 } })).toThrow(
      /temperature has no key.*initStd is a factor/,
    );
    expect(express({ parametrization: "sp", hyperparameters: { learningRate: 0.1, outputMultiplier: 2 } })).toThrow(
      /outputMultiplier is read by nanoGPT-mup only where mup_enabled is True/,
    );
  });

  test("epsilon where the config has no such key, which the master branch would ignore", () => {
    const values = nanoGptMup.express({ ...request, hyperparameters: { learningRate: 0.1, epsilon: 1e-10 } });
    expect(() => nanoGptMup.patch(example, values, "header")).toThrow(/adam_eps is not in this config/);
    expect(nanoGptMup.patch(`${example}adam_eps = 1e-12\n`, values, "header").text).toContain("adam_eps = 1e-10\n");
  });

  test("a config of another scale: every axis that differs", () => {
    expect(() => applyToConfig(example.replace("n_embd = 256", "n_embd = 512"), "c.py", request, "h")).toThrow(
      /width is 512 in c.py, but the recommendation is for 256; headDimension is 16/,
    );
  });
});

describe("the Python that people write", () => {
  test("expressions, annotations, semicolons, continuation lines and names of names are read and replaced", () => {
    const text =
      "n_embd: int = 2 * 128\nlearning_rate = (\n    1e-3  # base\n)\nmax_iters = 1_000; warmup_iters = max_iters // 20 ; lr_decay_iters = max_iters\nmin_lr = -(-1e-5)\n";
    expect(nanoGptMup.parse(text)).toEqual({
      width: 256,
      learningRate: 1e-3,
      totalSteps: 1000,
      warmupSteps: 50,
      decayEndStep: 1000,
      finalLearningRate: 1e-5,
    });
    const { text: patched } = patchConfig(text, { width: 512, learningRate: 2e-3, warmupSteps: 7 }, "h", "c.py");
    expect(patched).toContain(
      "n_embd: int = 512\nlearning_rate = 0.002\nmax_iters = 1_000; warmup_iters = 7 ; lr_decay_iters = max_iters\n",
    );
    // Asked for 1000 steps of decay in a run of 2000, the reference is replaced; asked for the same, it stays.
    expect(patchConfig(text, { totalSteps: 2000, decayEndStep: 1000 }, "h", "c.py").text).toContain(
      "max_iters = 2000; warmup_iters = max_iters // 20 ; lr_decay_iters = 1000\n",
    );
  });

  test("a value that already is what it is to be keeps its spelling", () => {
    expect(patchConfig("n_embd = 1\nlearning_rate = 6e-4\n", { learningRate: 0.0006 }, "h", "c.py").changes).toEqual([]);
  });

  test("strings and comments that look like assignments are left alone", () => {
    const text = 'note = """\nlearning_rate = 1\n"""\n# learning_rate = 2\nn_embd = 4\nprint(dict(learning_rate=3))\nlearning_rate = 4\n';
    expect(patchConfig(text, { learningRate: 5 }, "h", "c.py").text.endsWith(text.replace(/= 4\n$/, "= 5.0\n"))).toBe(true);
  });

  test("a star import before the assignment cannot change it", () => {
    expect(patchConfig("from base import *\nn_embd = 4\nlearning_rate = 1\n", { learningRate: 2 }, "h", "c.py").text).toContain(
      "learning_rate = 2.0\n",
    );
  });

  test("new keys go behind the last assignment, also where the file ends without a newline", () => {
    expect(
      patchConfig("n_embd = 4\nlearning_rate = 1  # last", { beta1: 0.5 }, "h", "c.py").text.endsWith(
        "learning_rate = 1  # last\nbeta1 = 0.5\n",
      ),
    ).toBe(true);
    expect(
      patchConfig("n_embd = 4\nlearning_rate = 1\nprint(n_embd)\n", { beta1: 0.5 }, "h", "c.py").text.endsWith(
        "learning_rate = 1\nbeta1 = 0.5\nprint(n_embd)\n",
      ),
    ).toBe(true);
  });

  test("interpreter and encoding lines stay first", () => {
    const { text } = patchConfig(
      "#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\nn_embd = 4\nlearning_rate = 1\n",
      { learningRate: 2 },
      "h",
      "c.py",
    );
    expect(text.split("\n").slice(0, 3)).toEqual([
      "#!/usr/bin/env python3",
      "# -*- coding: utf-8 -*-",
      "# --- written by ladder apply ---",
    ]);
  });

  test("values that no arithmetic on numbers gives are unknown, not guessed", () => {
    expect(readPython("n_embd = f(3)\nn_layer = n_embd + 1\nn_head = 2 ** 3\n").assignments.map(({ constant }) => constant)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(nanoGptMup.parse("n_embd = int('4')\nlearning_rate = 1\n")).toEqual({ learningRate: 1 });
  });
});
