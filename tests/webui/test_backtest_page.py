"""The page of a backtest."""

import html
import io
import json
import re

import pandas as pd
import pytest

from fleet.job import Job
from fleet.new_job import make_backtest_job
from montecarlo.accounting.rules import Rules
from montecarlo.experiments.backtest import backtest
from montecarlo.strategies import SmaCrossover
from webui.results.backtest import EXITS
from webui.results.backtest_statistics import GROUPS

STRATEGY = SmaCrossover(3, 10, stop_loss=0.06, take_profit=0.08, max_holding=6)
RULES = Rules(commission_model="per-share", commission_per_share=0.01)


@pytest.fixture
def backtest_job(submit_job, do_job, history) -> Job:
    job = make_backtest_job(history, strategy=STRATEGY, rules=RULES)
    submit_job(job)
    do_job(job)
    return job


def test_it_tells_what_happened_trade_by_trade(visitor, backtest_job, history):
    page, found = visitor.open(f"/jobs/{backtest_job.id}"), backtest(history, STRATEGY, rules=RULES)
    assert f"with {len(found.trades)} trades" in page.text
    table = page.text.split('<h2 id="trades">')[1].split("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.split("<tr>")[2:]]
    newest_first = found.trades.iloc[::-1]
    assert [row[0] for row in rows] == [f"{each:%Y-%m-%d}" for each in newest_first["entry_date"]]
    assert [row[5] for row in rows] == [EXITS[each] for each in newest_first["exit_reason"]]
    assert len(set(found.trades["exit_reason"])) > 2, "by signal, stop, target or time"


def test_it_has_each_statistic_with_its_words_but_those_of_costs_that_are_not_paid(visitor, backtest_job):
    text = html.unescape(visitor.open(f"/jobs/{backtest_job.id}").text)
    names = {name: label for group in GROUPS.values() for name, (label, _, _) in group.items()}
    told = set(pd.read_csv(io.StringIO(visitor.open(f"/jobs/{backtest_job.id}/summary.csv").text))["statistic"])
    shown = {name for name, label in names.items() if f'<th scope="row">{label}</th>' in text}
    assert shown == names.keys() & told
    assert {"commission_per_share", "profit_factor", "sqn", "ambiguous_bars"} <= shown
    assert "commission" not in told, "it is paid by the share"


def test_its_chart_marks_trades_by_reason_with_stops_and_targets(visitor, backtest_job, history):
    page = visitor.open(f"/jobs/{backtest_job.id}")
    [address] = re.findall(r'data-figure-url="([^"]*/charts/candles[^"]*)"', page.text)
    figure = json.loads(visitor.open(html.unescape(address)).text)
    assert figure["data"][0]["type"] == "candlestick"
    names = {trace.get("name") for trace in figure["data"]}
    assert {"stop of a trade", "target of a trade", "buy", "stopped"} <= names
    assert visitor.open(f"/api/jobs/{backtest_job.id}/charts/candles?days=9").status == 400


def test_what_was_traded_can_be_simulated_but_not_run_again_with_another_seed(visitor, backtest_job):
    page = visitor.open(f"/jobs/{backtest_job.id}")
    fields = visitor.open(page.link("Simulate the same")).fields
    assert (fields["sma-crossover.short"], fields["stop_loss"], fields["max_holding"]) == ("3", "0.06", "6")
    assert (fields["commission_model"], fields["commission_per_share"]) == ("per-share", "0.01")
    assert fields["prices"] == backtest_job.inputs["prices"]
    assert "another seed" not in page.text
    assert "draws nothing" in visitor.press(f"/jobs/{backtest_job.id}/again").text


def test_a_report_and_a_script_have_the_same(visitor, backtest_job):
    report = visitor.open(f"/jobs/{backtest_job.id}/report.html")
    assert report.status == 200
    assert "System quality number" in report.text
    told = visitor.ask(f"/api/jobs/{backtest_job.id}/results").value
    assert told["kind"] == "backtest"
    assert {"summary", "trades", "equity"} == told["tables"].keys()
    assert [each["name"] for each in told["figures"]] == ["Return", "Holding", "Drawdown", "Trades"]
