"""Writes privacy.json with opacus's Renyi accountant: pip install numpy scipy; pip download --no-deps opacus==1.5.4, unpack, and
give the path of accountants/analysis/rdp.py (it needs no torch)."""

import importlib.util
import json
import math
import pathlib
import sys
import warnings

from scipy.optimize import brentq
from scipy.special import log_ndtr

warnings.simplefilter("ignore")
spec = importlib.util.spec_from_file_location("rdp", sys.argv[1])
rdp = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rdp)

ORDERS = [1 + x / 10.0 for x in range(1, 100)] + list(range(12, 64))


def spent(steps, delta, conversion):
    total = sum(rdp.compute_rdp(q=q, noise_multiplier=s, steps=n, orders=ORDERS) for q, s, n in steps)
    if conversion == "balle2020":
        epsilon, order = rdp.get_privacy_spent(orders=ORDERS, rdp=total, delta=delta)
        return float(epsilon), float(order)
    bounds = [float(r) + math.log(1 / delta) / (a - 1) for r, a in zip(total, ORDERS)]
    return min(bounds), float(ORDERS[bounds.index(min(bounds))])


PLANS = [(32768, 24), (16384, 12), (8192, 6), (4096, 3), (8192 / 3, 2), (2048, 1.5), (4096 / 3, 1), (1024, 0.75), (256, 0.1875)]
table = []
for batch, sigma in PLANS:
    for conversion in ("balle2020", "mironov2017"):
        epsilon, order = spent([(batch / 50000, sigma, 2500)], 1e-5, conversion)
        table.append(dict(batchSize=batch, noiseMultiplier=sigma, conversion=conversion, epsilon=epsilon, order=order))
imagenet = spent([(32768 / 1281167, 2.5, 18000)], 8e-7, "balle2020")
doc = spent([(1e-5, 1.0, 10)], 1e-5, "balle2020")
mixed = spent([(1e-3, 1.1, 4000), (0.02, 2.0, 300)], 1e-6, "balle2020")
noise = {c: brentq(lambda s: spent([(4096 / 50000, s, 2500)], 1e-5, c)[0] - 8, 1, 10, xtol=1e-9) for c in ("balle2020", "mironov2017")}
divergences = [
    dict(samplingRate=q, noiseMultiplier=s, order=a, divergence=float(rdp._compute_rdp(q, s, a)))
    for q in (1e-5, 0.003, 0.08, 0.4, 0.7)
    for s in (0.4, 0.8, 1.7, 5, 30)
    for a in (1.1, 1.5, 2.0, 2.3, 4.7, 10.9, 12, 37, 63)
]
result = dict(
    table=table,
    imagenet=dict(epsilon=imagenet[0], order=imagenet[1]),
    documentation=dict(epsilon=doc[0], order=doc[1]),
    mixed=dict(epsilon=mixed[0], order=mixed[1]),
    noiseForEpsilon8=noise,
    divergences=divergences,
    logErfc=[dict(x=x, value=math.log(2) + float(log_ndtr(-x * 2**0.5))) for x in (-8, -2, -0.3, 0, 0.5, 1.4, 1.499999, 1.5, 2.9, 3, 8, 40)],
)
pathlib.Path(__file__).with_name("privacy.json").write_text(json.dumps(result, indent=1) + "\n")
