"""Makes the Optuna database beside this file, with optuna 5.0.0: python make-optuna.py"""

import os

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optuna.db")
if os.path.exists(path):
    os.remove(path)


def add(study, parameters, state, values=None, attributes=None, steps=None):
    study.add_trial(
        optuna.trial.create_trial(
            params=parameters,
            distributions={name: distributions[name] for name in parameters},
            values=values,
            state=state,
            user_attrs=attributes or {},
            intermediate_values=steps or {},
        )
    )


distributions = {
    "lr": optuna.distributions.FloatDistribution(1e-5, 1, log=True),
    "layers": optuna.distributions.IntDistribution(1, 64),
    "optimizer": optuna.distributions.CategoricalDistribution(["adam", "sgd", None, 3]),
}
states = optuna.trial.TrialState
sizes = {"N": 1_200_000_000, "D": 2.1e10, "data": {"name": "web"}, "tied": True}
first = optuna.create_study(study_name="width", storage=f"sqlite:///{path}")
add(first, {"lr": 0.01, "layers": 2, "optimizer": "sgd"}, states.COMPLETE, [3.5], {**sizes, "N": 10_000_000})
add(first, {"lr": 0.02, "layers": 4, "optimizer": "adam"}, states.COMPLETE, [2.5], sizes, {1: 4.5, 2: 2.75})
add(first, {"lr": 0.5, "layers": 4, "optimizer": "adam"}, states.PRUNED, None, sizes, {1: 6.0})
add(first, {"lr": 0.9, "layers": 4, "optimizer": None}, states.FAIL, None, sizes)
add(first, {"lr": 0.02, "layers": 4, "optimizer": 3}, states.COMPLETE, [float("inf")], sizes)
second = optuna.create_study(study_name="two-objectives", storage=f"sqlite:///{path}", directions=["minimize", "minimize"])
add(second, {"lr": 0.01}, states.COMPLETE, [3.25, 12.0], sizes)
