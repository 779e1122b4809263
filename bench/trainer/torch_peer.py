"""The same models in PyTorch, timed on one CPU thread. Reads JSON requests from stdin, answers each with one JSON line.

Request: {"model": "mlp" | "transformer", "width": int, "steps": int}. Answer: {"milliseconds": per step}.
The first request of a model builds and warms it up.
"""

import json
import sys
import time

import torch
import torch.nn.functional as functional

torch.set_num_threads(1)
torch.manual_seed(1)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, fused=True)


class MultilayerPerceptron(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = torch.nn.Linear(64, width, bias=False)
        self.second = torch.nn.Linear(width, width, bias=False)
        self.readout = torch.nn.Linear(width, 16, bias=False)

    def forward(self, inputs, targets):
        hidden = functional.relu(self.first(inputs))
        hidden = functional.relu(self.second(hidden))
        return functional.cross_entropy(self.readout(hidden), targets)


class Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        linear = lambda fan_in, fan_out: torch.nn.Linear(fan_in, fan_out, bias=False)
        self.query, self.key, self.value, self.output = (linear(width, width) for _ in range(4))
        self.up, self.down = linear(width, 4 * width), linear(4 * width, width)
        self.heads = width // 8

    def forward(self, x):
        batch, length, width = x.shape
        normed = functional.rms_norm(x, (width,), eps=1e-6)
        split = lambda y: y.view(batch, length, self.heads, 8).transpose(1, 2)
        q, k, v = split(self.query(normed)), split(self.key(normed)), split(self.value(normed))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.down(functional.relu(self.up(functional.rms_norm(x, (width,), eps=1e-6))))


class Transformer(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.tokens = torch.nn.Embedding(96, width)
        self.positions = torch.nn.Parameter(torch.randn(32, width))
        self.blocks = torch.nn.ModuleList(Block(width) for _ in range(2))
        self.readout = torch.nn.Linear(width, 96, bias=False)
        self.width = width

    def forward(self, inputs, targets):
        x = self.tokens(inputs) + self.positions
        for block in self.blocks:
            x = block(x)
        logits = self.readout(functional.rms_norm(x, (self.width,), eps=1e-6))
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def build(model, width):
    if model == "mlp":
        network = MultilayerPerceptron(width)
        batches = [(torch.randn(128, 64), torch.randint(16, (128,))) for _ in range(8)]
    else:
        network = Transformer(width)
        batches = [(torch.randint(96, (8, 32)), torch.randint(96, (8, 32))) for _ in range(8)]
    return network, adam(network.parameters()), batches


def train(network, optimizer, batches, steps):
    for step in range(steps):
        inputs, targets = batches[step % len(batches)]
        optimizer.zero_grad(set_to_none=True)
        loss = network(inputs, targets)
        loss.backward()
        optimizer.step()
    return loss.item()


def main():
    built = {}
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        key = (request["model"], request["width"])
        if key not in built:
            built[key] = build(*key)
            train(*built[key], 30)
        start = time.perf_counter()
        train(*built[key], request["steps"])
        print(json.dumps({"milliseconds": (time.perf_counter() - start) * 1000 / request["steps"]}), flush=True)


main()
