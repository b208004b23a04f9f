"""``python -m tests.compiled``: compile all stages, so that the processes of the tests find them ready.

Each would otherwise compile them for itself, and many at the same time.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

import montecarlo as mc
from montecarlo.data.joint_history import align
from montecarlo.experiments.compiling import EXAMPLE, load_stages
from montecarlo.experiments.holdings import holdings_of
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.models import MODELS
from montecarlo.models.joint import JOINT_MODELS, fit_joint
from montecarlo.strategies import STRATEGIES
from montecarlo.strategies.strategy import Strategy
from tests.montecarlo.any_forecast import random_model


@dataclass(frozen=True)
class Uncompiled(Strategy):
    """A strategy without a stage of its own, as people's own rules are."""

    name = "uncompiled"

    @property
    def first_decision(self) -> int:
        return 0

    def targets(self, prices: NDArray[np.float64]) -> NDArray[np.int8]:
        return np.ones(prices.shape, np.int8)


def main() -> None:
    history = mc.load_history("AAPL", "sample")
    models = [*(mc.fit(history, model) for model in MODELS), mc.GbmModel(100.0, 0.0, 0.1), mc.GbmModel(100.0, 0.0, 9.0)]
    for model in models:
        mc.simulate_prices(model, days=100, iterations=1, seed=0)
    for model in (*models, mc.fit(history, "bootstrap", bars=True)):
        if model.has_bars:
            mc.simulate_bars(model, days=100, iterations=1, seed=0)
    joint = align([history, mc.load_history("IBM", "sample")])
    for joint_model in (fit_joint(joint, name) for name in JOINT_MODELS):
        for drawn in (None, joint_model.redrawn(0, 0, 1)):
            joint_closes(joint_model, 0, 0, 1, 10, drawn=drawn)
    with_orders = mc.SmaCrossover(stop_loss=0.1), mc.MlForecast(random_model(1))
    for strategy in (*(kind() for kind in STRATEGIES.values()), Uncompiled(), *with_orders):
        load_stages(replace(EXAMPLE, strategy=strategy, days=300))
    for name in JOINT_MODELS:
        for traded in (None, mc.SmaCrossover()):
            mc.simulate_portfolio(joint, holdings_of(joint, "equal", traded), model=name, days=300, iterations=1)


if __name__ == "__main__":
    main()
