"""A trainer of one's own: least squares by stochastic gradient descent, in Python's standard library.

It shows the whole trainer contract: read the JSON file named by LADDER_RUN, append JSON lines to the file named by
LADDER_METRICS, say "done" (or "diverged") at the end. Nothing here knows a scaling rule: every number in the tensor's
row is resolved already.
"""
import json, math, os, random

run = json.load(open(os.environ["LADDER_RUN"]))
(row,) = run["tensors"]  # name, role, shape, initStd, forwardMultiplier, learningRate, ... of the one tensor
width, batch, steps = run["scale"]["width"], run["scale"]["batchSizeTokens"], run["schedule"]["totalSteps"]
rng = random.Random(run["seed"])
teacher = [rng.gauss(0, 1 / math.sqrt(width)) for _ in range(width)]
weights = [rng.gauss(0, row["initStd"]) for _ in range(width)]


def example():
    x = [rng.gauss(0, 1) for _ in range(width)]
    return x, sum(t * v for t, v in zip(teacher, x)) + rng.gauss(0, 0.1)


def error(x, y):
    return row["forwardMultiplier"] * sum(w * v for w, v in zip(weights, x)) - y


held_out = [example() for _ in range(256)]
with open(os.environ["LADDER_METRICS"], "a") as metrics:
    say = lambda **line: print(json.dumps(line), file=metrics, flush=True)
    for step in range(1, steps + 1):
        examples = [example() for _ in range(batch)]
        errors = [error(x, y) for x, y in examples]
        rate = row["learningRate"] * row["forwardMultiplier"] / batch
        weights = [w - rate * sum(e * x[i] for e, (x, _) in zip(errors, examples)) for i, w in enumerate(weights)]
        loss = sum(e * e for e in errors) / (2 * batch)
        if not loss < 1e6:  # also true of NaN
            say(event="diverged", step=step)
            break
        if step % run["evaluation"]["logEverySteps"] == 0:
            say(step=step, tokens=step * batch, loss=loss)
    else:
        say(event="done", step=steps, tokens=steps * batch, loss=sum(error(x, y) ** 2 for x, y in held_out) / 512)
