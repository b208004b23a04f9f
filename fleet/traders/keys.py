"""Where everything of a trader stands in the bucket.

traders/<name>/trader.json             what it trades, how, and within which limits; never changed
traders/<name>/lease.json              who may write here, by a number that only grows
traders/<name>/days/<date>.json        what was decided at the close of a day, and how the accounts stood; written once,
                                       before any of its orders is sent
traders/<name>/orders/<date>/<id>.json an order and what became of it; <date> is the session that it is for; written
                                       before it is sent
traders/<name>/paper-account.json      the account at our own broker, where it has one
traders/<name>/report/<year>.csv       a line for each day: paper beside backtest
traders/<name>/trades.csv              round trips on paper
traders/<name>/backtest-trades.csv     those of the backtest on the same days
traders/<name>/halt.json               why it does not trade
traders/<name>/halts/<time>.json       a halt that a person has lifted
traders/<name>/kill.json               the kill switch of this trader
traders/kill.json                      the kill switch of all
trader-accounts/<account>/<symbol>.json  which trader has this symbol in this account: no two do
"""

import re
from datetime import date, datetime

from fleet import keys
from fleet.keys import TRADER_ACCOUNTS, TRADERS

NAME = re.compile(keys.TRADER_NAME)
NAMES = "small letters, digits and hyphens, 32 at most, the first one no hyphen"

PAPER_ACCOUNT = "paper-account.json"
KILL_ALL = f"{TRADERS}kill.json"


def folder(name: str) -> str:
    return f"{TRADERS}{name}/"


def trader_key(name: str) -> str:
    return f"{folder(name)}trader.json"


def lease_key(name: str) -> str:
    return f"{folder(name)}lease.json"


def days_folder(name: str) -> str:
    return f"{folder(name)}days/"


def day_key(name: str, day: date) -> str:
    """Days in the order of their keys are in the order of time."""
    return f"{days_folder(name)}{day}.json"


def orders_folder(name: str, session: date | None = None) -> str:
    """Of the orders for one session, or of all."""
    return f"{folder(name)}orders/" + (f"{session}/" if session else "")


def order_key(name: str, session: date, order_id: str) -> str:
    return f"{orders_folder(name, session)}{order_id}.json"


def paper_account_key(name: str) -> str:
    return f"{folder(name)}{PAPER_ACCOUNT}"


def report_folder(name: str) -> str:
    return f"{folder(name)}report/"


def report_key(name: str, day: date) -> str:
    """Of the year that a day is in."""
    return f"{report_folder(name)}{day:%Y}.csv"


def trades_key(name: str) -> str:
    return f"{folder(name)}trades.csv"


def backtest_trades_key(name: str) -> str:
    return f"{folder(name)}backtest-trades.csv"


def halt_key(name: str) -> str:
    return f"{folder(name)}halt.json"


def lifted_folder(name: str) -> str:
    return f"{folder(name)}halts/"


def lifted_key(name: str, when: datetime) -> str:
    return f"{lifted_folder(name)}{when:%Y%m%dT%H%M%S.%f}.json"


def kill_key(name: str | None) -> str:
    """Of one trader, or of all."""
    return f"{folder(name)}kill.json" if name else KILL_ALL


def account_key(account: str, symbol: str) -> str:
    """Of a symbol in an account at a broker, whatever that calls it."""
    return f"{TRADER_ACCOUNTS}{re.sub(r'[^A-Za-z0-9_-]', '_', account)[:64]}/{keys.history_folder(symbol)}.json"
