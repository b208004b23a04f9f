"""The numbers of ``container.metrics`` from the files that the work has yielded."""

import io
from collections.abc import Mapping

import pandas as pd

from container.hyperparameters import BACKTEST, SIMULATE, SWEEP
from container.metrics import BEST, SHARPE_RATIO, TOTAL_PNL
from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.sweep import TABLE
from montecarlo.statistics.summary import summary_from_csv

_FINAL_VALUE = "final_value"


def measured(work: str, files: Mapping[str, bytes], capital: float) -> dict[str, float]:
    """Every number that there is, by name; those of BY_WORK and of the customary expressions are among them.

    Args:
        work: What was done.
        files: What it has yielded.
        capital: What was begun with.
    """
    summary = summary_from_csv(files[SUMMARY])
    found = {str(name): float(value) for name, value in zip(summary["statistic"], summary["value"], strict=True)}
    if work == BACKTEST:
        return found | _customary(found[_FINAL_VALUE] - capital, found["sharpe"])
    if work == SIMULATE:
        return found | _customary(found["return_mean"] * capital, found["sharpe_mean"])
    if work == SWEEP:
        table = pd.read_csv(io.BytesIO(files[TABLE]))
        best = _best(table)
        return found | best | _customary(best[f"{BEST}return_mean"] * capital, best[f"{BEST}sharpe_mean"])
    return found


def _best(table: pd.DataFrame) -> dict[str, float]:
    """The combination with the highest mean return."""
    row = table.nlargest(1, "return_mean").select_dtypes("number").to_dict("records")[0]
    return {f"{BEST}{name}": float(value) for name, value in row.items()}


def _customary(pnl: float, sharpe: float) -> dict[str, float]:
    return {TOTAL_PNL.name: pnl, SHARPE_RATIO.name: sharpe}
