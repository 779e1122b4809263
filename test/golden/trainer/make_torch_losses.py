"""Makes the golden losses of the reference trainer: the same models written in PyTorch with autograd and torch.optim.

    python make_torch_losses.py            # needs torch; writes *.json beside this file

Weights and batches follow a formula in 32-bit integers (`mixed`), which torch-losses.test.ts computes too. Each file holds
the whole run (tensor table, operations, optimizer, schedule) and the 40 losses that PyTorch reports in f32 on the CPU.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as functional

STEPS = 40
BATCHES = 4
MASK = 0xFFFFFFFF


def mixed(index, salt):
    """A 32-bit hash of index and salt: the finalizer of MurmurHash3."""
    x = (index + salt * 0x9E3779B9) & MASK
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & MASK
    return x ^ (x >> 16)


def uniform_values(count, salt, std):
    """Uniform with the given standard deviation, rounded to f32."""
    return torch.tensor([std * 3.4641016151377544 * (mixed(i, salt) / 4294967296 - 0.5) for i in range(count)], dtype=torch.float64).float()


def integers(count, salt, bound):
    return torch.tensor([mixed(i, salt) % bound for i in range(count)], dtype=torch.int64)


class Scaled(torch.autograd.Function):
    """y = forward * (x W^T); the gradient to x is backward * dy W, to W forward * dy^T x."""

    @staticmethod
    def forward(context, x, weight, forward, backward):
        context.save_for_backward(x, weight)
        context.factors = forward, backward
        return forward * (x @ weight.T)

    @staticmethod
    def backward(context, dy):
        x, weight = context.saved_tensors
        forward, backward = context.factors
        dw = forward * (dy.flatten(0, -2).T @ x.flatten(0, -2))
        return backward * (dy @ weight), dw, None, None


class Network:
    def __init__(self, run):
        self.run = run
        self.rows = {row["name"]: row for row in run["tensors"]}
        self.weights = {}
        for salt, row in enumerate(run["tensors"]):
            values = uniform_values(math.prod(row["shape"]), salt + 1, row["initStd"])
            self.weights[row["name"]] = values.reshape(row["shape"]).requires_grad_()

    def linear(self, name, x):
        row = self.rows[name]
        return Scaled.apply(x, self.weights[name], row["forwardMultiplier"], row["backwardMultiplier"])

    def table(self, name):
        return self.rows[name]["forwardMultiplier"] * self.weights[name]


class MultilayerPerceptron(Network):
    def batch(self, step):
        size, model = self.run["scale"]["batchSizeTokens"], self.run["model"]
        inputs = uniform_values(size * model["inputDimension"], 1000 + step % BATCHES, 1.0)
        return inputs.reshape(size, -1), integers(size, 2000 + step % BATCHES, model["classes"])

    def logits(self, inputs):
        operations = self.run["operations"]
        x = inputs
        for layer in range(self.run["scale"]["depth"]):
            y = self.linear(f"layers.{layer}", x)
            x = operations["activationMultiplier"] * functional.relu(y * (operations["embeddingMultiplier"] if layer == 0 else 1))
        return operations["outputMultiplier"] * self.linear("readout", x)


class Transformer(Network):
    def batch(self, step):
        model = self.run["model"]
        rows = self.run["scale"]["batchSizeTokens"] // model["sequenceLength"]
        count = rows * model["sequenceLength"]
        tokens = integers(count, 1000 + step % BATCHES, model["vocabularySize"])
        return tokens.reshape(rows, -1), integers(count, 2000 + step % BATCHES, model["vocabularySize"])

    def norm(self, x):
        return functional.rms_norm(x, (x.shape[-1],), eps=1e-6)

    def attention(self, name, x):
        batch, length, width = x.shape
        head = self.run["scale"]["headDimension"]
        split = lambda y: y.view(batch, length, width // head, head).transpose(1, 2)
        q, k, v = (split(self.linear(f"{name}.{part}", x)) for part in ("query", "key", "value"))
        mixed_values = functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=self.run["operations"]["attentionLogitScale"])
        return self.linear(f"{name}.output", mixed_values.transpose(1, 2).reshape(batch, length, width))

    def feed_forward(self, name, x):
        hidden = self.run["operations"]["activationMultiplier"] * functional.relu(self.linear(f"{name}.up", x))
        return self.linear(f"{name}.down", hidden)

    def logits(self, tokens):
        operations = self.run["operations"]
        x = operations["embeddingMultiplier"] * (self.table("tokenEmbedding")[tokens] + self.table("positionEmbedding"))
        for index, block in enumerate(operations["residualBlocks"]):
            branch = self.attention if block["branch"] == "attention" else self.feed_forward
            name = f"blocks.{index // 2}.{block['branch']}"
            x = block["skipMultiplier"] * x + block["branchMultiplier"] * branch(name, self.norm(x))
        return (operations["outputMultiplier"] * self.linear("readout", self.norm(x))).flatten(0, 1)


def schedule_factor(schedule, step):
    warmup, total = schedule["warmupSteps"], schedule["totalSteps"]
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / (total - warmup)
    remaining = (1 + math.cos(math.pi * progress)) / 2 if schedule["shape"] == "cosine" else 1 - progress
    return schedule["finalFraction"] + (1 - schedule["finalFraction"]) * remaining


def optimizer_of(run, network):
    groups = []
    for row in run["tensors"]:
        group = {"params": [network.weights[row["name"]]], "lr": row["learningRate"], "peak": row["learningRate"]}
        if run["optimizer"]["name"] != "sgd":
            group["eps"] = row["epsilon"]
        if run["optimizer"]["name"] == "adamw":
            group["weight_decay"] = row["weightDecay"]
        groups.append(group)
    name = run["optimizer"]["name"]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=0, momentum=run["optimizer"]["momentum"])
    betas = run["optimizer"]["beta1"], run["optimizer"]["beta2"]
    return torch.optim.Adam(groups, betas=betas) if name == "adam" else torch.optim.AdamW(groups, betas=betas)


def train(run):
    network = (Transformer if run["model"]["architecture"] == "transformer" else MultilayerPerceptron)(run)
    optimizer = optimizer_of(run, network)
    losses = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * schedule_factor(run["schedule"], step)
        inputs, targets = network.batch(step)
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(network.logits(inputs), targets)
        (run["operations"]["lossMultiplier"] * loss).backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def row(name, role, shape, learning_rate, *, forward=1.0, backward=None, init_std=None, weight_decay=0.0, epsilon=1e-8):
    table = name.endswith("Embedding")
    fan_in = 1 if table else shape[1]
    return {
        "name": name, "role": role, "shape": shape, "fanIn": fan_in, "fanOut": shape[1] if table else shape[0],
        "initStd": 1 / math.sqrt(fan_in) if init_std is None else init_std, "initMean": 0,
        "forwardMultiplier": forward, "backwardMultiplier": forward if backward is None else backward,
        "learningRate": learning_rate, "weightDecay": weight_decay, "epsilon": epsilon, "group": name,
    }


def complete(model, scale, tensors, operations, optimizer, schedule):
    horizon = STEPS * scale["batchSizeTokens"]
    count = sum(math.prod(tensor["shape"]) for tensor in tensors)
    data = (
        {"kind": "teacher", "id": "formula", "seed": 0, "examples": 1}
        if model["architecture"] == "mlp"
        else {"kind": "markov", "id": "formula", "seed": 0, "vocabularySize": model["vocabularySize"], "concentration": 1}
    )
    return {
        "contract": 1, "runKey": "golden", "attempt": 1, "seed": 0, "hyperparameters": {},
        "scale": {**scale, "tokenHorizon": horizon, "parameterCountTotal": count, "parameterCountNonEmbedding": count,
                  "trainingFlops": 6 * count * horizon, "trainingFlopsFormula": "6ND"},
        "model": model, "data": data, "optimizer": optimizer,
        "schedule": {"totalSteps": STEPS, "warmupSteps": 4, "finalFraction": 0, "decaySteps": 0, **schedule},
        "evaluation": {"batches": 1, "logEverySteps": 1}, "tokenHorizon": horizon, "rungs": [],
        "checkpoint": {"folder": "checkpoints", "everySteps": 0}, "resumeFrom": None, "parents": [],
        "tensors": tensors, "operations": operations,
    }


def neutral(**changes):
    return {"attentionLogitScale": None, "residualBlocks": [], "embeddingMultiplier": 1, "outputMultiplier": 1,
            "activationMultiplier": 1, "lossMultiplier": 1, **changes}


def transformer(width, depth, optimizer, schedule, *, growth, decay=0.0, strange=False):
    """muP (Adam) tables with the given growth of width; `strange` makes every multiplier different from 1."""
    rate = 2**-6
    hidden = dict(weight_decay=decay, epsilon=1e-8 / growth)
    factors = (lambda i: dict(forward=0.8 + 0.05 * i, backward=1.1 - 0.03 * i)) if strange else (lambda i: {})
    tensors = [row("tokenEmbedding", "input", [29, width], rate), row("positionEmbedding", "input", [16, width], rate, init_std=0.3)]
    blocks = []
    for block in range(depth):
        shapes = [(f"attention.{part}", [width, width]) for part in ("query", "key", "value", "output")]
        shapes += [("feedForward.up", [4 * width, width]), ("feedForward.down", [width, 4 * width])]
        for index, (part, shape) in enumerate(shapes):
            tensors.append(row(f"blocks.{block}.{part}", "hidden", shape, rate / growth, **hidden, **factors(index)))
        for index, branch in enumerate(("attention", "feedForward")):
            blocks.append({"branch": branch, "skipMultiplier": 0.9 if strange else 1, "branchMultiplier": 0.7 + 0.2 * index if strange else 1})
    tensors.append(row("readout", "output", [29, width], rate, forward=1 / growth, init_std=math.sqrt(growth / width), weight_decay=decay))
    changes = dict(embeddingMultiplier=1.3, outputMultiplier=1.5, activationMultiplier=1.2, lossMultiplier=2) if strange else {}
    operations = neutral(attentionLogitScale=1 / math.sqrt(8), residualBlocks=blocks, **changes)
    model = {"architecture": "transformer", "vocabularySize": 29, "sequenceLength": 16, "feedForwardRatio": 4, "tiedEmbeddings": False}
    return complete(model, {"width": width, "depth": depth, "headDimension": 8, "batchSizeTokens": 64}, tensors, operations, optimizer, schedule)


def perceptron(optimizer, schedule, rate, *, decay=0.0):
    tensors = [
        row("layers.0", "input", [48, 20], rate, weight_decay=decay), row("layers.1", "hidden", [48, 48], rate / 2, weight_decay=decay, epsilon=1e-6),
        row("readout", "output", [7, 48], rate, forward=0.5),
    ]
    model = {"architecture": "mlp", "inputDimension": 20, "classes": 7}
    scale = {"width": 48, "depth": 2, "headDimension": 1, "batchSizeTokens": 32}
    return complete(model, scale, tensors, neutral(embeddingMultiplier=1.1, activationMultiplier=1.3), optimizer, schedule)


def main():
    adam = {"name": "adam", "beta1": 0.9, "beta2": 0.95}
    adamw = {"name": "adamw", "beta1": 0.9, "beta2": 0.99}
    linear, cosine = {"shape": "linear"}, {"shape": "cosine", "finalFraction": 0.1}
    cases = {
        "transformer-mup-adam": transformer(64, 2, adam, linear, growth=4),
        "transformer-multipliers-adamw": transformer(24, 3, adamw, cosine, growth=1, decay=0.1, strange=True),
        "mlp-sgd": perceptron({"name": "sgd", "momentum": 0.9}, cosine, 0.05),
        "mlp-adam": perceptron(adam, linear, 2**-7),
    }
    for name, run in cases.items():
        losses = train(run)
        text = json.dumps({"madeBy": "make_torch_losses.py", "torch": torch.__version__, "run": run, "losses": losses}, indent=1)
        pathlib.Path(__file__).with_name(f"{name}.json").write_text(text + "\n")
        print(name, losses[0], losses[-1])


main()
