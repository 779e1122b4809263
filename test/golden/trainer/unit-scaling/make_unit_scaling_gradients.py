"""Makes the golden gradients of a unit-scaled transformer: its operations are those of the unit-scaling library.

    python make_unit_scaling_gradients.py    # needs torch and unit-scaling 0.3.5; writes gradients.json beside this file

Weights and batch follow the formula of make_torch_losses.py, which unit-scaling.test.ts computes too. No factor is written here:
whatever scales a value or a gradient is the library's.
"""

import json
import math
import pathlib

import torch
import unit_scaling.functional as unit
from unit_scaling.core.functional import transformer_residual_scaling_rule

MASK = 0xFFFFFFFF
WIDTH, DEPTH, HEAD, VOCABULARY, LENGTH, SEQUENCES, RATIO = 24, 2, 8, 19, 16, 5, 3


def mixed(index, salt):
    x = (index + salt * 0x9E3779B9) & MASK
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & MASK
    return x ^ (x >> 16)


def values(shape, salt):
    numbers = [3.4641016151377544 * (mixed(i, salt) / 4294967296 - 0.5) for i in range(math.prod(shape))]
    return torch.tensor(numbers, dtype=torch.float64).float().double().reshape(shape)


def integers(count, salt, bound):
    return torch.tensor([mixed(i, salt) % bound for i in range(count)], dtype=torch.int64)


def shapes_of(gated):
    shapes = {"tokenEmbedding": [VOCABULARY, WIDTH], "positionEmbedding": [LENGTH, WIDTH]}
    for block in range(DEPTH):
        for part in ("query", "key", "value", "output"):
            shapes[f"blocks.{block}.attention.{part}"] = [WIDTH, WIDTH]
        if gated:
            shapes[f"blocks.{block}.feedForward.gate"] = [RATIO * WIDTH, WIDTH]
        shapes[f"blocks.{block}.feedForward.up"] = [RATIO * WIDTH, WIDTH]
        shapes[f"blocks.{block}.feedForward.down"] = [WIDTH, RATIO * WIDTH]
    return {**shapes, "readout": [VOCABULARY, WIDTH]}


def loss_of(weights, case):
    constraint, multipliers = case["constraint"], case["multipliers"]
    tokens = integers(LENGTH * SEQUENCES, 1000, VOCABULARY).reshape(SEQUENCES, LENGTH)
    targets = integers(LENGTH * SEQUENCES, 2000, VOCABULARY)
    positions = torch.arange(LENGTH).expand(SEQUENCES, LENGTH)
    linear = lambda name, x: unit.linear(x, weights[name], None, constraint=constraint)
    norm = lambda x: unit.rms_norm(x, (WIDTH,), eps=1e-6)
    split = lambda y: y.view(SEQUENCES, LENGTH, WIDTH // HEAD, HEAD).transpose(1, 2)
    tau = transformer_residual_scaling_rule(multipliers["residual"], multipliers["ratio"])

    def attention(name, x):
        normed = norm(x)
        q, k, v = (split(linear(f"{name}.{part}", normed)) for part in ("query", "key", "value"))
        mixed_values = unit.scaled_dot_product_attention(q, k, v, is_causal=True, mult=multipliers["attention"])
        return linear(f"{name}.output", mixed_values.transpose(1, 2).reshape(SEQUENCES, LENGTH, WIDTH))

    def feed_forward(name, x):
        normed = norm(x)
        up = linear(f"{name}.up", normed)
        if case["gated"]:
            hidden = unit.silu_glu(up, linear(f"{name}.gate", normed), mult=multipliers["activation"])
        else:
            hidden = unit.gelu(up, mult=multipliers["activation"], constraint=constraint)
        return linear(f"{name}.down", hidden)

    x = unit.add(
        unit.embedding(tokens, weights["tokenEmbedding"]), unit.embedding(positions, weights["positionEmbedding"]), constraint=constraint
    )
    for index in range(2 * DEPTH):
        branch, name = (attention, "attention") if index % 2 == 0 else (feed_forward, "feedForward")
        x = unit.residual_apply(lambda y: branch(f"blocks.{index // 2}.{name}", y), x, tau=tau(index, 2 * DEPTH))
    logits = unit.linear_readout(norm(x), weights["readout"], None, constraint=None)
    return unit.cross_entropy(logits.flatten(0, 1), targets, mult=multipliers["loss"])


def record(case):
    weights = {name: values(shape, salt + 1).requires_grad_() for salt, (name, shape) in enumerate(shapes_of(case["gated"]).items())}
    loss = loss_of(weights, case)
    loss.backward()
    gradients = {
        name: {"rms": weight.grad.square().mean().sqrt().item(), "first": weight.grad.flatten()[:6].tolist()} for name, weight in weights.items()
    }
    return {**case, "loss": loss.item(), "gradients": gradients}


def main():
    ones = {"residual": 1, "ratio": 1, "attention": 1, "activation": 1, "loss": 1}
    others = {"residual": 0.5, "ratio": 2, "attention": 4, "activation": 0.5, "loss": 2}
    cases = [
        {"name": f"{'gated silu' if gated else 'gelu'}, {words}, constraint {constraint}", "gated": gated, "constraint": constraint, "multipliers": multipliers}
        for gated in (False, True)
        for words, multipliers in (("multipliers 1", ones), ("other multipliers", others))
        for constraint in (None, "to_output_scale")
    ]
    scale = {"width": WIDTH, "depth": DEPTH, "headDimension": HEAD, "vocabularySize": VOCABULARY, "sequenceLength": LENGTH,
             "sequences": SEQUENCES, "feedForwardRatio": RATIO}
    content = {"madeBy": "make_unit_scaling_gradients.py", "torch": torch.__version__, "unitScaling": "0.3.5", "scale": scale,
               "cases": [record(case) for case in cases]}
    pathlib.Path(__file__).with_name("gradients.json").write_text(json.dumps(content, indent=1) + "\n")


main()
