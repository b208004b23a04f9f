"""What the page of a new portfolio says first of the frontier."""

import montecarlo as mc
from webui.forms.portfolio_preview import headline


def test_where_nothing_beats_the_risk_free_rate_no_ratio_is_called_the_best():
    joint = mc.align([mc.load_history(symbol, "sample") for symbol in ("IBM", "MSFT")])
    told = {"weightings": 10, "points": 2, "draws": 20, "asked": (0.5, 0.5), "seed": 7}
    for risk_free, expected in ((0.9, "none above 0"), (0.0, None)):
        found = mc.frontier(joint, risk_free=risk_free, **told)
        (best,) = [figure.text for figure in headline(found) if figure.name == "Best Sharpe ratio"]
        assert best == (expected or f"{found.best.sharpe:.2f}")
