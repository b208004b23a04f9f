"""The pages of traders on paper, through HTTP alone."""

import html
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet import keys
from fleet.traders import state, switches
from fleet.traders.keys import kill_key, report_key, trader_key, trades_key
from fleet.traders.state import KILLED, RUNNING
from tests.memory_bucket import MemoryBucket
from tests.webui.paper_traders import put_trader
from webui.results.traders import look

NOW = datetime.now(UTC)
REQUESTS = 12  # of a page that looks again


def text_of(page: Any, start: str = "", end: str = "</main>") -> str:
    """The words between two places of a page."""
    part = page.text.partition(start)[2] if start else page.text
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", part.partition(end)[0])).split())


def rows_of(page: Any, table: str) -> list[list[str]]:
    """The cells of the table below a heading with that id."""
    part = page.text.split(f'<h2 id="{table}">')[1].split("</section>")[0]
    body = part.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in part else ""
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("<tr>")[1:])
    return [[" ".join(html.unescape(re.sub("<[^>]+>", " ", each)).split()) for each in row] for row in cells]


def test_a_trader_that_is_as_its_backtest_says_so_in_words(visitor, traders, history):
    put = put_trader(traders, history, "same")
    page, last = visitor.open("/traders/same"), put.days[-1]
    assert f"It runs: at the close of {last.day} it held" in text_of(page)
    assert "exactly as in the backtest." in text_of(page)
    assert f"No difference on any of {len(put.days)} days" in text_of(page)
    assert rows_of(page, "differences") == [], "no table without a difference"
    assert f"All {len(put.trades)} trades are the same on paper and in the backtest." in text_of(page)
    assert {row[1] for row in rows_of(page, "trades")} == {"both"}
    assert f"${last.equity:,.0f}" in text_of(page)


def test_one_that_is_not_shows_the_days_on_which_they_moved_apart_and_whose_each_trade_is(visitor, traders, history):
    put = put_trader(traders, history, "apart", missed=(1,))
    [missed] = put.backtest_trades.iloc[[1]].to_dict("records")
    page = visitor.open("/traders/apart")
    days = [row[0] for row in rows_of(page, "differences")]
    whole = [
        f"{each.day}" for each in put.days if missed["entry_date"].date() <= each.day <= missed["exit_date"].date()
    ]
    assert days == whole[::-1][:15], "of the trade that was missed, and no other day, though the difference lasts"
    assert f"{put.days[-1].equity - put.days[-1].backtest_equity:+,.2f}"[1:] in text_of(page)
    whose = {row[0]: row[1] for row in rows_of(page, "trades")}
    assert whose.pop(f"{missed['entry_date']:%Y-%m-%d}") == "backtest"
    assert set(whose.values()) == {"both"}


@pytest.mark.thorough
def test_a_trade_that_ended_otherwise_stands_beside_that_of_the_backtest(visitor, traders, history):
    put = put_trader(traders, history, "otherwise")
    content = traders.get(trades_key("otherwise")).decode()
    first = put.trades.iloc[0]
    traders.put(trades_key("otherwise"), content.replace(f"{first['exit_price']}", "12.5", 1).encode())
    rows = rows_of(visitor.open("/traders/otherwise"), "trades")
    assert [row[1] for row in rows if row[0] == f"{first['entry_date']:%Y-%m-%d}"] == ["backtest", "paper"]


def test_orders_are_listed_with_what_became_of_them(visitor, traders, history):
    put = put_trader(traders, history, "orders")
    rows = rows_of(visitor.open("/traders/orders"), "orders")
    newest = max(put.orders, key=lambda each: each.order.session)
    assert len(rows) == min(12, len(put.orders))
    assert rows[0][0] == f"{newest.order.session}"
    assert newest.order.id in rows[0][1]
    assert rows[0][2] == "filled"
    assert f"120 shares at {newest.report.price:,.2f}" in rows[0][3]


@pytest.mark.thorough
def test_a_note_of_a_day_is_told(visitor, traders, history):
    day = put_trader(traders, history, "noted").days[3].day
    put_trader(traders, history, "noted", notes={day: "the session was `missed`"})
    assert (
        f'<strong class="whole">{day}</strong> The session was <code>missed</code>'
        in visitor.open("/traders/noted").text
    )


def test_why_it_halted_is_told_and_what_to_do_and_the_halt_can_be_lifted(visitor, traders, history):
    put_trader(traders, history, "unsure", holder="")
    switches.halt(traders, "unsure", "the broker has <b>7</b> shares more: sell them, then lift this", NOW)
    page = visitor.open("/traders/unsure")
    assert f"It is halted since {NOW:%Y-%m-%d %H:%M} UTC" in text_of(page)
    assert "The broker has &lt;b&gt;7&lt;/b&gt; shares more: sell them, then lift this" in page.text
    assert "spotmc trader run unsure" in text_of(page)
    assert "broker has <b>7</b> shares" in text_of(visitor.open("/traders")), "on the page of all, too"
    earlier = visitor.press("/traders/unsure/lift", at=(NOW - timedelta(hours=1)).isoformat())
    assert earlier.status == 409
    assert "The trader unsure has halted again since: look why" in text_of(earlier)
    assert visitor.press("/traders/unsure/lift", at="yesterday").status == 400
    assert f'name="at" value="{NOW.isoformat()}"' in page.text
    assert "The halt is lifted." in visitor.press("/traders/unsure/lift", at=NOW.isoformat()).text
    assert state.load(traders, "unsure").halt is None
    assert "It is not halted any more: nothing was done." in visitor.press("/traders/unsure/lift").text


def test_the_kill_switch_of_one_leaves_the_others_alone(visitor, traders, history):
    for name in ("one", "other"):
        put_trader(traders, history, name)
    page = visitor.open("/traders/one")
    assert "open orders are cancelled at the broker" in text_of(page)
    assert "positions stay" in text_of(page)
    assert visitor.post("/traders/one/kill", {}).status == 400, "not without the token of a page"
    assert state.load(traders, "one").status == RUNNING
    assert "Its kill switch is on: within seconds it cancels its open orders" in visitor.press("/traders/one/kill").text
    assert (state.load(traders, "one").status, state.load(traders, "other").status) == (KILLED, RUNNING)
    assert "by the web UI: it sends nothing, and" in text_of(visitor.open("/traders/one"))
    assert "Its kill switch is off." in visitor.press("/traders/one/release").text
    assert state.load(traders, "one").status == RUNNING
    assert "was off already: nothing was done" in visitor.press("/traders/one/release").text


def test_the_kill_switch_of_all_holds_for_each_and_only_the_page_of_all_releases_it(visitor, traders, history):
    for name in ("one", "other"):
        put_trader(traders, history, name)
    assert visitor.post("/traders/_kill", {}).status == 400
    assert "The kill switch of all traders is on" in visitor.press("/traders/_kill").text
    visitor.press("/traders/other/kill")
    page = visitor.open("/traders/one")
    assert "The kill switch of all traders is on since" in text_of(page)
    assert "/traders/one/release" not in page.text, "its own is not on"
    assert "/traders/other/release" in visitor.open("/traders/other").text
    assert "One whose own is on stays killed" in visitor.press("/traders/_release").text
    assert (state.load(traders, "one").status, state.load(traders, "other").status) == (RUNNING, KILLED)


@pytest.mark.thorough
def test_a_switch_that_somebody_made_by_hand_is_on_and_has_no_time(visitor, traders, history):
    put_trader(traders, history, "hand")
    traders.put(kill_key("hand"), b"")
    page = visitor.open("/traders/hand")
    assert "Its kill switch is on, because there is something in traders/hand/kill.json" in text_of(page)
    assert "1970" not in page.text
    assert state.load(traders, "hand").status == KILLED


def test_a_trader_that_cannot_be_read_hides_no_other_and_can_be_killed(visitor, traders, history):
    put_trader(traders, history, "sound")
    traders.put(trader_key("broken"), b"{}")
    assert {"/traders/sound", "/traders/broken"} <= set(re.findall(r'href="([^"]+)"', visitor.open("/traders").text))
    page = visitor.open("/traders/broken")
    assert page.status == 409
    assert "Cannot read traders/broken/trader.json" in text_of(page)
    visitor.press("/traders/broken/kill")
    assert switches.killed(traders, "broken")


@pytest.mark.thorough
def test_damaged_tables_hide_neither_a_halt_nor_the_kill_switch(visitor, traders, history):
    put = put_trader(traders, history, "torn")
    switches.halt(traders, "torn", "look at the account", NOW)
    traders.put(report_key("torn", put.days[-1].day), b"date,close\n1,2")
    traders.put(trades_key("torn"), b"")
    page = visitor.open("/traders/torn")
    assert page.status == 200
    assert "Look at the account" in text_of(page)
    assert "/traders/torn/kill" in page.text
    assert f"traders/torn/report/{put.days[-1].day:%Y}.csv" in text_of(page)
    assert visitor.open("/traders/torn/report.csv").status == 409, "and not an empty file"
    assert len(visitor.ask("/api/traders/torn/report").value["damage"]) == 2


def test_one_that_has_not_run_says_how_to_start_it(visitor, traders, history):
    put_trader(traders, history, "fresh", holder="", decided=False)
    page = visitor.open("/traders/fresh")
    assert "It never ran." in text_of(page)
    assert "<code>spotmc trader run fresh</code> starts it." in page.text
    assert "report.csv" not in page.text, "there are no days yet"


@pytest.mark.thorough
def test_days_and_trades_can_be_taken_away_as_they_lie_in_the_bucket(visitor, traders, history):
    put_trader(traders, history, "files", missed=(0,))
    for file in ("trades.csv", "backtest-trades.csv"):
        page = visitor.open(f"/traders/files/{file}")
        assert page.text.encode() == traders.get(f"traders/files/{file}")
        assert page.headers["Content-Disposition"] == f'attachment; filename="files-{file}"'
    years = [traders.get(entry.key).decode() for entry in traders.list("traders/files/report/")]
    lines = [line for year in years for line in year.splitlines()[1:]]
    assert visitor.open("/traders/files/report.csv").text.splitlines() == [years[0].splitlines()[0], *lines]


def test_there_may_be_no_traders_and_none_of_a_name(visitor, traders):
    assert "No traders as yet" in text_of(visitor.open("/traders"))
    for path in ("/traders/nobody", "/traders/No%20Body", "/traders/nobody/parts", "/traders/nobody/trades.csv"):
        assert visitor.open(path).status == 404, path
    assert visitor.press("/traders/nobody/kill").status == 404
    assert list(traders.list(keys.TRADERS)) == []


@pytest.mark.parametrize("name", ["", "/aapl"])
def test_what_changes_is_asked_for_alone(visitor, traders, history, name):
    put_trader(traders, history, "aapl")
    parts = visitor.open(f"/traders{name}/{'parts' if name else '_parts'}")
    whole = visitor.open(f"/traders{name}")
    assert "<html" not in parts.text
    names = re.findall(r'data-part="(\w+)"', parts.text)
    assert names == re.findall(r'data-part="(\w+)"', whole.text)


def test_an_open_page_asks_for_nothing_again_that_has_not_changed(history):
    bucket = MemoryBucket("kept")
    put_trader(bucket, history, "kept")
    first = look.trader(1.0, bucket, "kept")
    bucket.asked.clear()
    again = look.trader(time.monotonic(), bucket, "kept")
    assert [each.order.id for each in again.orders] == [each.order.id for each in first.orders]
    read = [key for word, key in bucket.asked if word == "get"]
    assert not [key for key in read if "/orders/" in key or "/report/" in key or "/days/" in key]
    assert len(bucket.asked) <= REQUESTS
