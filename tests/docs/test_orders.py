"""What docs/orders.md says is so."""

import re
from pathlib import Path

import montecarlo as mc
from montecarlo.statistics.of_trades import OF_TRADES
from montecarlo.strategies import ORDERS

PAGE = (Path(__file__).parents[2] / "docs" / "orders.md").read_text()


def test_the_example_runs_and_ends_with_the_statistics_of_trades():
    (example,) = re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    result = names["result"]
    assert isinstance(result, mc.Result)
    assert result.summary["statistic"].tail(7).tolist() == list(OF_TRADES)


def test_every_order_is_there_with_its_option():
    for name, each in ORDERS.items():
        assert f"| `{name}` | `{each.option} {5 if name == 'max_holding' else 0.05}` |" in PAGE


def test_a_controlled_mean_is_as_precise_as_of_some_twelve_times_the_paths():
    model = mc.fit(mc.load_history("AAPL", source="sample"))
    rule = mc.SmaCrossover(40, 100, stop_loss=0.05, take_profit=0.1)
    table = mc.simulate(model, rule, iterations=4096, seed=1).summary.set_index("statistic")
    plain, controlled = (table["high"] - table["low"])[["return_mean", "return_mean_controlled"]]
    assert 9 < (plain / controlled) ** 2 < 15
