"""Traders on paper for scripts."""

from datetime import UTC, datetime

import pytest

from fleet.traders import state, switches
from fleet.traders.keys import trader_key
from tests.webui.paper_traders import put_trader

NOW = datetime.now(UTC)


def test_a_script_is_told_how_each_stands_and_which_cannot_be_read(visitor, traders, history):
    put = put_trader(traders, history, "aapl")
    traders.put(trader_key("broken"), b"{}")
    told = visitor.ask("/api/traders").value
    sound, broken = told["traders"]
    assert told["kill_all"] is None
    assert (sound["name"], sound["symbol"], sound["status"], sound["feed"]) == ("aapl", "AAPL", "running", "replay")
    assert sound["last"]["equity"] == put.days[-1].equity, "to the last bit"
    assert sound["limits"]["drawdown"] == 0.25
    assert (broken["name"], broken["status"]) == ("broken", "unreadable")
    assert "traders/broken/trader.json" in broken["reason"]


def test_one_is_told_with_its_orders_and_how_far_it_is_from_its_backtest(visitor, traders, history):
    put = put_trader(traders, history, "aapl", missed=(1,))
    told = visitor.ask("/api/traders/aapl").value
    newest = max(put.orders, key=lambda each: each.order.session)
    assert told["orders"][0]["order"]["id"] == newest.order.id
    assert (told["orders"][0]["state"], told["orders"][0]["filled"]) == ("filled", newest.report.shares)
    assert told["difference"]["trades_differ"] == 1
    assert told["difference"]["first"] == f"{put.backtest_trades['entry_date'].iloc[1]:%Y-%m-%d}"
    assert told["damage"] == []


def test_all_days_and_trades_are_told_to_the_last_bit(visitor, traders, history):
    put = put_trader(traders, history, "aapl", missed=(0,))
    told = visitor.ask("/api/traders/aapl/report").value
    assert [line["date"] for line in told["days"]] == [str(each.day) for each in put.days]
    assert [line["equity"] for line in told["days"]] == [each.equity for each in put.days]
    assert [line["profit"] for line in told["backtest_trades"]] == list(put.backtest_trades["profit"])
    assert len(told["trades"]) == len(told["backtest_trades"]) - 1
    assert {line["exit_date"] for line in told["trades"]} >= {f"{put.trades['exit_date'].iloc[0]:%Y-%m-%d}"}


def test_its_chart_is_told_once_there_is_a_day(visitor, traders, history):
    put_trader(traders, history, "aapl")
    put_trader(traders, history, "fresh", decided=False)
    names = [trace["name"] for trace in visitor.ask("/api/traders/aapl/charts/account?theme=dark").value["data"]]
    assert names == ["backtest", "backtest", "paper", "paper"]
    assert visitor.ask("/api/traders/fresh/charts/account").status == 404
    assert "has the charts account, not" in visitor.ask("/api/traders/aapl/charts/fan").value["detail"]


def test_switches_are_thrown_and_put_back(visitor, traders, history):
    put_trader(traders, history, "aapl")
    switches.halt(traders, "aapl", "the broker does not answer", NOW)
    assert visitor.ask("/api/traders/aapl").value["halt"]["reason"] == "the broker does not answer"
    assert visitor.ask("/api/traders/aapl/lift", {}).value["halt"] is None
    assert visitor.ask("/api/traders/aapl/kill", {}).value["kill"]["by"] == "the web UI"
    assert visitor.ask("/api/all-traders/kill", {}).value["kill_all"]["by"] == "the web UI"
    told = visitor.ask("/api/traders/aapl/release", {}).value
    assert (told["status"], told["kill"], told["kill_all"] is None) == ("killed", None, False)
    assert visitor.ask("/api/all-traders/release", {}).value == {"kill_all": None}
    assert visitor.ask("/api/traders/aapl").value["status"] == "running"


@pytest.mark.parametrize("path", ["/api/traders/aapl/kill", "/api/all-traders/kill"])
def test_a_page_of_another_site_throws_no_switch(visitor, traders, history, path):
    put_trader(traders, history, "aapl")
    assert visitor.ask(path, {}, Origin="https://example.com").status == 403
    assert state.load(traders, "aapl").status == "running"


def test_there_may_be_none_of_a_name(visitor, traders):
    for path, sent in (("", None), ("/report", None), ("/charts/account", None), ("/kill", {}), ("/lift", {})):
        told = visitor.ask(f"/api/traders/nobody{path}", sent)
        assert (told.status, told.value["title"]) == (404, "No such trader")
