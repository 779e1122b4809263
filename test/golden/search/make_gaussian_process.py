"""Writes gaussian-process.json beside itself: values of scikit-learn's GaussianProcessRegressor and of SciPy's normal distribution.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 && venv/bin/python make_gaussian_process.py
"""
import json, pathlib
import numpy as np
from scipy import special, stats
from scipy.integrate import quad
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, Matern, WhiteKernel
from sklearn.preprocessing import PowerTransformer

rng = np.random.default_rng(7)
cases = []
for n, d, scale, linear, noise in [(12, 3, 1.3, 0.7, 0.01), (40, 5, 0.6, 2.5, 0.0004)]:
    x = rng.uniform(-0.5, 0.5, (n, d)); centre = np.full(d, 0.05)
    y = np.sin(4 * x[:, 0]) + 2 * x[:, 1] + x[:, -1] ** 2 + 0.05 * rng.normal(size=n)
    y = (y - y.mean()) / y.std()
    lengths = np.linspace(0.3, 1.4, d)
    kernel = ConstantKernel(scale) * Matern(lengths, nu=2.5) + ConstantKernel(linear) * DotProduct(sigma_0=1e-150, sigma_0_bounds="fixed") + WhiteKernel(noise)
    gp = GaussianProcessRegressor(kernel, optimizer=None, alpha=0.0).fit(x - centre, y)
    value, slopes = gp.log_marginal_likelihood(gp.kernel_.theta, eval_gradient=True)
    places = rng.uniform(-0.6, 0.6, (4, d))
    # WhiteKernel is not part of the function: predicted without it.
    plain = GaussianProcessRegressor(kernel.k1, optimizer=None, alpha=noise).fit(x - centre, y)
    means, covariance = plain.predict(places - centre, return_cov=True)
    left_out = []
    for i in range(n):
        keep = np.arange(n) != i
        one = GaussianProcessRegressor(kernel.k1, optimizer=None, alpha=noise).fit(x[keep] - centre, y[keep])
        mean, deviation = one.predict(x[i:i + 1] - centre, return_std=True)
        left_out.append([mean[0], deviation[0] ** 2 + noise])
    cases.append({
        "points": x.tolist(), "centre": centre.tolist(), "targets": y.tolist(), "inverseSquares": (lengths ** -2).tolist(), "scale": scale, "linear": linear,
        "noise": noise, "logMarginalLikelihood": value,
        # In ln(inverse square) = -2 ln(length), ln(scale), ln(linear), ln(noise); theta holds scale, lengths, linear, noise.
        "slopes": [*(-0.5 * slopes[1:1 + d]).tolist(), slopes[0], slopes[1 + d], slopes[2 + d]],
        "places": places.tolist(), "means": means.tolist(), "covariance": covariance.tolist(), "leaveOneOut": left_out,
    })

zs = [-60.0, -35.0, -12.0, -6.0, -3.3, -1.0001, -0.9, -0.3, 0.0, 0.2, 1.0, 2.0, 5.0, 8.0]
def log_improvement(z):
    # phi(z) + z Phi(z) = phi(z) * integral of t exp(z t - t^2 / 2) over t > 0: no cancellation.
    integral, _ = quad(lambda t: t * np.exp(z * t - t * t / 2), 0, np.inf, epsabs=0, epsrel=1e-13)
    return float(np.log(integral) + stats.norm.logpdf(z)) if z < 0 else float(np.log(stats.norm.pdf(z) + z * stats.norm.cdf(z)))
normal = [{"z": z, "probability": float(stats.norm.cdf(z)), "logProbability": float(special.log_ndtr(z)), "scaledErfc": float(special.erfcx(z)) if z > -20 else None,
           "logImprovement": log_improvement(z)} for z in zs]
quantiles = [[p, float(special.ndtri(p))] for p in [1e-300, 1e-20, 1e-5, 0.01, 0.08, 0.3, 0.5, 0.9, 0.99999]]
skewed = rng.lognormal(0, 1, 30); skewed = (skewed - skewed.mean()) / skewed.std()
transformer = PowerTransformer("yeo-johnson", standardize=False).fit(skewed[:, None])
power = {"values": skewed.tolist(), "power": float(transformer.lambdas_[0]), "transformed": transformer.transform(skewed[:, None])[:, 0].tolist()}
target = pathlib.Path(__file__).with_name("gaussian-process.json")
target.write_text(json.dumps({"scikitLearn": "1.9.1", "scipy": "1.17.1", "processes": cases, "normal": normal, "quantiles": quantiles, "power": power}) + "\n")
