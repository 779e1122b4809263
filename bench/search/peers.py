"""The peers of `npm run bench:search`: imbue-ai/carbs and Optuna's samplers on problems a, b and c, with the same noise and scores.

    python peers.py versions                          # one JSON object: the version of each peer, or why it is missing
    python peers.py run METHOD PROBLEM SEED COUNT     # METHOD: carbs tpe gp random; one JSON object with the evaluations
    python peers.py golden                            # writes test/golden/search-bench/problems.json
    python peers.py frontier                          # writes hartmann-frontier.json beside this file

To install (Python 3.11):

    python -m venv peers && . peers/bin/activate
    pip install scipy==1.17.1 optuna==5.0.0                                        # golden, frontier, tpe
    pip install torch                                                              # gp
    pip install pyro-ppl==1.9.2 scikit-learn loguru attrs cattrs wandb seaborn     # carbs, and:
    git clone https://github.com/imbue-ai/carbs && git -C carbs checkout 8f7fee0 && export PYTHONPATH=$PWD/carbs
    LADDER_PYTHON=peers/bin/python npm run bench:search -- --peers

One run is one process: carbs keeps its parameters in a global store, and a second search in the same process breaks.
"""

import json
import math
import os
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("WANDB_MODE", "disabled")
import numpy as np

HERE = pathlib.Path(__file__).parent


def mulberry32(seed):
    """Floats in [0, 1), as the common JavaScript mulberry32."""
    state = seed & 0xFFFFFFFF

    def multiply(left, right):
        return (left * right) & 0xFFFFFFFF

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        mixed = multiply(state ^ (state >> 15), state | 1)
        mixed ^= (mixed + multiply(mixed ^ (mixed >> 7), mixed | 61)) & 0xFFFFFFFF
        return ((mixed ^ (mixed >> 14)) & 0xFFFFFFFF) / 4294967296.0

    return draw


def noise(seed, evaluation):
    """Standard normal of an evaluation: Box and Muller's transform of two draws of mulberry32(1e6 seed + i + 1)."""
    draw = mulberry32(1000000 * seed + evaluation + 1)
    first, second = draw(), draw()
    return math.sqrt(-2.0 * math.log(max(first, 1e-12))) * math.cos(2 * math.pi * second)


class ScalingLaw:
    name, sigma, least_cost, cap, reference = "a", 0.005, 120.0, 1e5, 5.6
    E, A, B, alpha, beta = 1.69, 406.4, 410.7, 0.34, 0.28
    # name, kind, from, to, centre
    parameters = [
        ("N", "log integer", 1e6, 1e10, 1e7),
        ("D", "log integer", 2e7, 2e12, 2e8),
        ("lr", "log", 1e-6, 1.0, 1e-3),
        ("d1", "linear", -1.0, 1.0, 0.0),
        ("d2", "logit", 0.01, 0.999, 0.9),
    ]

    def cost(self, p):
        return 6.0 * p["N"] * p["D"] / 1e14

    def loss(self, p):
        N, D = p["N"], p["D"]
        optimum = 1.79 * N**-0.713 * D**0.307
        return self.E + self.A / N**self.alpha + self.B / D**self.beta + 0.05 * (math.log(p["lr"]) - math.log(optimum)) ** 2

    def fails(self, p):
        return False

    def best(self, cost):
        n = np.exp(np.linspace(math.log(1e6), math.log(1e10), 4001))
        d = cost * 1e14 / 6.0 / n
        inside = (d >= 2e7) & (d <= 2e12)
        return float((self.E + self.A / n[inside] ** self.alpha + self.B / d[inside] ** self.beta).min())


class Hartmann:
    name, sigma, least_cost, cap, reference = "b", 0.05, 10.0, 1e3, 0.0
    parameters = [(f"x{index}", "linear", 0.0, 1.0, 0.5) for index in range(1, 7)]
    weights = np.array([1.0, 1.2, 3.0, 3.2])
    sharpness = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
    centres = 1e-4 * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )

    def cost(self, p):
        return 10 ** (3 * p["x6"])

    def value(self, x):
        return -float(self.weights @ np.exp(-(self.sharpness * (x - self.centres) ** 2).sum(1)))

    def loss(self, p):
        return self.value(np.array([p[f"x{index}"] for index in range(1, 7)]))

    def fails(self, p):
        return False

    def frontier(self):
        """Lowest loss with x6 at most each hundredth, by L-BFGS-B from 12 places and from the hundredth before."""
        from scipy.optimize import minimize

        random, lowest, losses, last = np.random.default_rng(0), 0.0, [], None
        for x6 in np.linspace(0, 1, 101):
            starts = [random.random(5) for _ in range(12)] + ([] if last is None else [last])
            ends = [minimize(lambda x: self.value(np.append(x, x6)), start, bounds=[(0, 1)] * 5) for start in starts]
            end = min(ends, key=lambda candidate: candidate.fun)
            lowest, last = min(lowest, end.fun), end.x
            losses.append(float(lowest))
        return losses

    def best(self, cost):
        losses = json.loads((HERE / "hartmann-frontier.json").read_text())
        return float(np.interp(min(max(math.log10(cost) / 3, 0), 1), np.linspace(0, 1, 101), losses))


class FailureRegions:
    name, sigma, least_cost, cap, reference = "c", 0.01, 32.0, 1e4, 3.6
    parameters = [
        ("w", "log eights", 32, 4096, 128),
        ("b", "log integer", 4, 1024, 64),
        ("lr", "log", 1e-5, 1e-1, 1e-3),
        ("wd", "log", 1e-3, 1.0, 0.1),
    ]

    def cost(self, p):
        return 2e-3 * p["w"] ** 2

    def loss(self, p):
        w, b, lr = p["w"], p["b"], p["lr"]
        return 2 + 12 * w**-0.45 + 0.08 * (math.log(lr) - math.log(0.3 / w)) ** 2 + 0.04 * (math.log(b) - math.log(64)) ** 2

    def fails(self, p):
        return p["w"] * p["b"] > 65536 or p["lr"] * p["w"] > 1.2

    def best(self, cost):
        widths = np.arange(32, math.sqrt(cost / 2e-3) + 1e-9, 1.0)
        batches = np.minimum(64, 65536 / widths)
        return float((2 + 12 * widths**-0.45 + 0.04 * (np.log(batches) - math.log(64)) ** 2).min())


PROBLEMS = {problem.name: problem for problem in (ScalingLaw(), Hartmann(), FailureRegions())}


def evaluate(problem, p, seed, evaluation):
    """Cost, loss without noise, loss as told; a failed trial has no loss and is charged a tenth."""
    cost = problem.cost(p)
    if problem.fails(p):
        return cost * 0.1, None, None
    loss = problem.loss(p)
    return cost, loss, loss + problem.sigma * noise(seed, evaluation)


def score(problem, evaluations):
    """Hypervolume as a share of the true front's, and the gaps in the middle and at the cap, as in score.ts."""
    at = lambda share: problem.least_cost * (problem.cap / problem.least_cost) ** share
    counted = [(cost, loss) for cost, loss in evaluations if loss is not None and cost <= problem.cap]
    achieved = lambda limit: min((loss for cost, loss in counted if cost <= limit * (1 + 1e-9)), default=math.inf)
    levels = [at(index / 199) for index in range(200)]
    total = lambda losses: sum(max(0.0, problem.reference - loss) for loss in losses)
    hypervolume = total(achieved(cost) for cost in levels) / total(problem.best(cost) for cost in levels)
    gap = lambda cost: achieved(cost) - problem.best(cost) if math.isfinite(achieved(cost)) else None
    return {"hypervolume": hypervolume, "gapMiddle": gap(at(0.5)), "gapCap": gap(problem.cap)}


def random_point(problem, draw):
    """One uniform draw for each parameter, in order (log: log-uniform), drawn again while it costs more than the cap."""
    while True:
        p = {}
        for name, kind, start, end, _ in problem.parameters:
            share = draw()
            value = math.exp(math.log(start) + share * math.log(end / start)) if kind.startswith("log ") or kind == "log" else start + share * (end - start)
            p[name] = {"log integer": lambda: round(value), "log eights": lambda: round(value / 8) * 8}.get(kind, lambda: value)()
        if problem.cost(p) <= problem.cap:
            return p


def run_random(problem, seed, count):
    draw = mulberry32(7919 * (seed + 1))
    return [(random_point(problem, draw), 0.0) for _ in range(count)], None


def skip_dead_steps():
    """
    Leaves carbs's suggestions as they are, to the bit: it runs 1,000 Adam steps for each Gaussian process, but the global parameter store
    hands every later process the parameters of the first, so that those steps train nothing. One has the same side effects.
    """
    import carbs.model as model
    import pyro

    train = model.gp.util.train

    def skip(process, optimizer, *_, **__):
        names = {name.replace("_unconstrained", "") for name, _ in process.named_parameters()}
        return train(process, optimizer, num_steps=1 if names <= set(pyro.get_param_store().keys()) else 1000)

    model.gp.util.train = skip


def run_carbs(problem, seed, count):
    import torch
    from carbs import CARBS, CARBSParams, LinearSpace, LogitSpace, LogSpace, ObservationInParam, Param
    from loguru import logger

    torch.set_num_threads(1)
    logger.remove()
    skip_dead_steps()
    space = {
        "log": lambda start, end: LogSpace(min=start, max=end),
        "log integer": lambda start, end: LogSpace(min=start, max=end, is_integer=True),
        "log eights": lambda start, end: LogSpace(min=start, max=end, is_integer=True, rounding_factor=8),
        "linear": lambda start, end: LinearSpace(min=start, max=end),
        "logit": lambda start, end: LogitSpace(min=start, max=end),
    }
    settings = CARBSParams(
        better_direction_sign=-1,
        is_wandb_logging_enabled=False,
        is_saved_on_every_observation=False,
        seed=seed,
        max_suggestion_cost=problem.cap,
    )
    search = CARBS(settings, [Param(name, space[kind](start, end), centre) for name, kind, start, end, centre in problem.parameters])
    points = []
    for evaluation in range(count):
        started = time.perf_counter()
        p = dict(search.suggest().suggestion)
        points.append((p, time.perf_counter() - started))
        cost, loss, told = evaluate(problem, p, seed, evaluation)
        search.observe(ObservationInParam(input=p, output=math.nan if loss is None else told, cost=cost, is_failure=loss is None))
    return points, None


def run_optuna(problem, seed, count, kind):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # The cost is known: above the cap is a broken constraint, not evaluated and not counted.
    broken = lambda trial: trial.user_attrs.get("v", [0.0])
    sampler = {"tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler}[kind](seed=seed, constraints_func=broken)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    points, seconds, skipped = [], 0.0, 0
    while len(points) < count:
        started = time.perf_counter()
        trial = study.ask()
        p = {}
        for name, scale, start, end, _ in problem.parameters:
            value = trial.suggest_float(name, start, end, log=scale.startswith("log ") or scale == "log")
            p[name] = {"log integer": lambda: float(round(value)), "log eights": lambda: max(32.0, round(value / 8) * 8.0)}.get(scale, lambda: value)()
        seconds += time.perf_counter() - started
        cost = problem.cost(p)
        trial.set_user_attr("v", [math.log10(cost / problem.cap)])
        if cost > problem.cap and skipped < 3 * count:
            skipped += 1
            study.tell(trial, [2 * problem.reference, math.log10(cost)])
            continue
        paid, loss, told = evaluate(problem, p, seed, len(points))
        points.append((p, seconds))
        seconds = 0.0
        if loss is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, [told, math.log10(paid)])
    return points, f"{skipped} trials above the cap were refused and not counted"


METHODS = {
    "random": run_random,
    "carbs": run_carbs,
    "tpe": lambda *asked: run_optuna(*asked, "tpe"),
    "gp": lambda *asked: run_optuna(*asked, "gp"),
}


def run(method, name, seed, count):
    problem = PROBLEMS[name]
    points, note = METHODS[method](problem, seed, count)
    evaluations = [evaluate(problem, p, seed, evaluation)[:2] for evaluation, (p, _) in enumerate(points)]
    over = [problem.cost(p) / problem.cap for p, _ in points if problem.cost(p) > problem.cap]
    counted = [(cost, loss if problem.cost(p) <= problem.cap else None) for (cost, loss), (p, _) in zip(evaluations, points)]
    return {
        **score(problem, counted),
        "failed": sum(loss is None for _, loss in evaluations),
        "overCap": len(over),
        "worstOverrun": max(over, default=1.0),
        "spent": sum(cost for cost, _ in evaluations),
        "suggestSeconds": sorted(seconds for _, seconds in points),
        "note": note,
    }


def versions():
    found = {}
    for method, module in (("tpe", "optuna"), ("gp", "optuna"), ("carbs", "carbs")):
        try:
            if method != "tpe":
                __import__("torch")
            version = getattr(__import__(module), "__version__", "8f7fee0")
            found[method] = {"version": f"{module} {version}"}
        except Exception as error:
            found[method] = {"missing": f"{type(error).__name__}: {error}"}
    return found


def golden():
    import scipy

    cases = {}
    for name, problem in PROBLEMS.items():
        draw = mulberry32(5)
        points = [random_point(problem, draw) for _ in range(20)]
        costs = [problem.least_cost * (problem.cap / problem.least_cost) ** (index / 4) for index in range(5)]
        cases[name] = {
            "points": [
                {"values": p, "cost": problem.cost(p), "loss": None if problem.fails(p) else problem.loss(p)} for p in points
            ],
            "frontier": [[cost, problem.best(cost)] for cost in costs],
            "random": [{key: value for key, value in run("random", name, seed, 100).items() if key != "suggestSeconds"} for seed in range(3)],
        }
    draw = mulberry32(7)
    content = {
        "scipy": scipy.__version__,
        "uniform": [draw() for _ in range(8)],
        "noise": [[seed, index, noise(seed, index)] for seed in (0, 1, 100) for index in (0, 1, 99)],
        "problems": cases,
    }
    (HERE / "../../test/golden/search-bench/problems.json").write_text(json.dumps(content, indent=1) + "\n")


def main():
    command = sys.argv[1]
    if command == "versions":
        print(json.dumps(versions()))
    elif command == "run":
        print(json.dumps(run(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))))
    elif command == "golden":
        golden()
    elif command == "frontier":
        (HERE / "hartmann-frontier.json").write_text(json.dumps(PROBLEMS["b"].frontier()) + "\n")
    else:
        raise SystemExit(f"{command} is no command: see the head of this file")


main()
