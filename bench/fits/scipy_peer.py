"""The same fits with scipy's L-BFGS-B and an analytic gradient, on one CPU thread. Reads JSON requests from stdin, answers each with
one JSON line.

Request: {"job": "bootstrap" | "ranked" | "all" | "single", "N": [...], "D": [...], "loss": [...], "starts": [[...] x 5], "count": int}.
Answer: {"cpuSeconds": float, "objective": float, "note": str}.
"""

import itertools
import json
import sys
import time

import numpy
import scipy
from scipy.optimize import minimize

DELTA = 1e-3


def objective_of(log_size, log_tokens, log_loss, weights):
    """Huber's sum and its gradient over (ln E, ln A, ln B, alpha, beta), by log-sum-exp."""

    def objective(point):
        e, a, b, alpha, beta = point
        terms = numpy.stack([numpy.full_like(log_size, e), a - alpha * log_size, b - beta * log_tokens])
        top = terms.max(axis=0)
        shares = numpy.exp(terms - top)
        total = shares.sum(axis=0)
        residuals = log_loss - (top + numpy.log(total))
        sizes = numpy.abs(residuals)
        value = numpy.where(sizes <= DELTA, 0.5 * residuals**2, DELTA * (sizes - 0.5 * DELTA))
        pull = -weights * numpy.clip(residuals, -DELTA, DELTA)
        shares /= total
        gradient = numpy.array(
            [
                pull @ shares[0],
                pull @ shares[1],
                pull @ shares[2],
                -(pull * log_size) @ shares[1],
                -(pull * log_tokens) @ shares[2],
            ]
        )
        return weights @ value, gradient

    return objective


def search(objective, start):
    options = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10, "maxcor": 20}
    # The objective is about 1e-3: scaled, so that tolerances mean what they say.
    scaled = lambda point: tuple(1e3 * part for part in objective(point))
    result = minimize(scaled, start, jac=True, method="L-BFGS-B", options=options)
    return result.fun / 1e3, result.x


def run(request):
    log_size, log_tokens, log_loss = (numpy.log(numpy.array(request[name])) for name in ("N", "D", "loss"))
    weights = numpy.ones_like(log_loss)
    objective = objective_of(log_size, log_tokens, log_loss, weights)
    starts = list(itertools.product(*request["starts"]))
    if request["job"] == "single":
        value, _ = search(objective, starts[0])
        return value, "L-BFGS-B"
    if request["job"] == "ranked":
        ranked = sorted(starts, key=lambda start: objective(start)[0])[: request["count"]]
        return min(search(objective, start)[0] for start in ranked), f"{len(ranked)} run"
    if request["job"] == "all":
        values = numpy.array([search(objective, start)[0] for start in starts])
        return values.min(), f"{len(starts)} run, {100 * numpy.mean(values <= values.min() * 1.001):.0f} % of them reached it"
    value, best = min((search(objective, start) for start in [[0.6, 6.2, 7.7, 0.35, 0.37]]), key=lambda pair: pair[0])
    random = numpy.random.default_rng(1)
    rows = len(log_loss)
    alphas = []
    for _ in range(request["count"]):
        picks = random.integers(0, rows, rows)
        resampled = objective_of(log_size[picks], log_tokens[picks], log_loss[picks], weights)
        alphas.append(search(resampled, best)[1][3])
    low, middle, high = numpy.quantile(alphas, [0.025, 0.5, 0.975])
    return value, f"alpha {middle:.4f}, 95 % {low:.4f} to {high:.4f}"


print(json.dumps({"version": scipy.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    began = time.process_time()
    value, note = run(request)
    print(json.dumps({"cpuSeconds": time.process_time() - began, "objective": float(value), "note": note}), flush=True)
