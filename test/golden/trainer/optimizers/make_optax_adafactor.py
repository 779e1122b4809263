"""Weights after steps of optax.adafactor and optax.lion on fixed tensors, in float64.

    python3 -m venv venv && venv/bin/pip install optax==0.2.8 jax==0.10.2 numpy==2.4.6
    JAX_PLATFORMS=cpu venv/bin/python make_optax_adafactor.py > optax.json

Weights and gradients are not stored: entry i of tensor `stream` is a fixed fraction of small whole numbers (`entries`), rounded
to float32, which any language can make again. Of large tensors only every `every`-th weight is stored.
"""

import json

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
import optax


def entries(stream, shape, factor):
    """factor * ((k * k + 7 k) mod 1009 / 1009 - 0.4) with k = 31 i + 101 stream, as float32."""
    k = 31 * np.arange(int(np.prod(shape)), dtype=np.int64) + 101 * stream
    return (factor * (((k * k + 7 * k) % 1009) / 1009 - 0.4)).astype(np.float32).reshape(shape)


ADAFACTOR = [
    # name, shape, settings, size of the weights, size of the gradients
    ("factored matrix, parameter scale, clipped", (6, 9), {}, 1.0, 1.0),
    ("wide factored matrix, no parameter scale", (4, 33), {"multiply_by_parameter_scale": False}, 1.0, 1e-3),
    ("tall factored matrix, tight clipping", (40, 5), {"clipping_threshold": 0.25}, 0.1, 10.0),
    ("weights below the floor of the parameter scale", (5, 7), {}, 1e-5, 1.0),
    ("matrix too small to be factored", (6, 9), {"min_dim_size_to_factor": 7}, 1.0, 1.0),
    ("vector, another decay exponent", (17,), {"decay_rate": 0.5}, 1.0, 1e-4),
    ("matrix at optax's own threshold", (128, 130), {"min_dim_size_to_factor": 128}, 0.05, 1e-2),
    ("matrix just below optax's own threshold", (127, 130), {"min_dim_size_to_factor": 128}, 0.05, 1e-2),
]
LION = [("matrix", (6, 9), 1.0, 1.0), ("vector", (17,), 0.1, 1e-3)]
RATE, STEPS = 0.03, 5


def follow(optimizer, shape, weight_size, gradient_size, every):
    weights = jnp.asarray(entries(0, shape, weight_size), dtype=jnp.float64)
    state = optimizer.init(weights)
    kept = []
    for step in range(STEPS):
        gradient = jnp.asarray(entries(step + 1, shape, gradient_size), dtype=jnp.float64)
        updates, state = optimizer.update(gradient, state, weights)
        weights = optax.apply_updates(weights, updates)
        kept.append([float(f"{value:.12g}") for value in np.asarray(weights).reshape(-1)[::every]])
    return kept


cases = []
for name, shape, settings, weight_size, gradient_size in ADAFACTOR:
    merged = {"min_dim_size_to_factor": 1, "decay_rate": 0.8, "clipping_threshold": 1.0, "multiply_by_parameter_scale": True, **settings}
    every = 97 if int(np.prod(shape)) > 1000 else 1
    cases.append(
        {
            "name": name,
            "shape": shape,
            "weightSize": weight_size,
            "gradientSize": gradient_size,
            "every": every,
            "learningRate": RATE,
            "epsilonSquared": 1e-30,
            "optimizer": {
                "name": "adafactor",
                "decayExponent": merged["decay_rate"],
                "clippingThreshold": merged["clipping_threshold"],
                "parameterScale": merged["multiply_by_parameter_scale"],
                "parameterScaleFloor": 1e-3,
                "minimumDimensionFactored": merged["min_dim_size_to_factor"],
            },
            "weights": follow(optax.adafactor(RATE, **merged), shape, weight_size, gradient_size, every),
        }
    )
for name, shape, weight_size, gradient_size in LION:
    cases.append(
        {
            "name": name,
            "shape": shape,
            "weightSize": weight_size,
            "gradientSize": gradient_size,
            "every": 1,
            "learningRate": RATE,
            "epsilonSquared": 0,
            "optimizer": {"name": "lion", "beta1": 0.9, "beta2": 0.99},
            "weights": follow(optax.lion(RATE, b1=0.9, b2=0.99, weight_decay=0), shape, weight_size, gradient_size, 1),
        }
    )
print(json.dumps({"optax": optax.__version__, "jax": jax.__version__, "steps": STEPS, "cases": cases}))
