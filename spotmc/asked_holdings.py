"""What a person holds by the options of a command, and its prices."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc.chosen import days_and_year, tell_who_waits
from spotmc.errors import option_problems
from spotmc.holding_options import HOLD

if TYPE_CHECKING:
    from fleet.chosen_holdings import ChosenHolding, ChosenHoldings, Line
    from montecarlo.data.history import PriceHistory
    from montecarlo.data.joint_history import JointHistory

_LIKE_A_WEIGHT = re.compile(r"[-+.0-9].*|.*%|")
_OF_A_SYMBOL = re.compile(r"[A-Za-z]{1,2}")  # behind the = of EURUSD=X or GC=F


def chosen_holdings(given: Mapping[str, Any]) -> "ChosenHoldings":
    """From the values of all the options of ``holding_options``.

    Raises:
        click.UsageError: naming all that cannot be used.
        HistoryError: the file with the holdings cannot be.
    """
    from fleet.chosen_holdings import HOLDINGS, ChosenHoldings
    from montecarlo.data.span import Span
    from montecarlo.errors import ParameterError

    problems: list[str] = []
    lines = lines_of(given, problems)
    try:
        found = ChosenHoldings.of(
            lines,
            given,
            source="sample" if given["source"] is None else given["source"],
            strategy=given.get("strategy") or "buy-and-hold",
            told=given.get("settings"),
            model_settings=given.get("model_settings"),
        )
    except ParameterError as error:
        of_lines = error.problems.pop(HOLDINGS, "")
        others = option_problems(error)
        found, problems = None, [*problems, *(each for each in (of_lines, others) if each)]
    try:
        asked = days_and_year(given)
        Span.read(datetime.now(UTC).date(), **{name: asked[name] for name in asked if name != "bars_per_year"})
    except ParameterError as error:
        problems.append(option_problems(error))
    if problems or found is None:
        raise click.UsageError("; ".join(problems))
    return found


def lines_of(given: Mapping[str, Any], problems: list[str]) -> list["Line"]:
    """What is held, by line; what cannot be used is added to ``problems``.

    Raises:
        click.UsageError: nothing is held, or both options say what is.
        HistoryError: the file with the holdings cannot be.
    """
    from fleet.chosen_holdings import Line
    from fleet.holdings_file import read_holdings

    file, held = given["holdings"], given["hold"]
    if file is not None and held:
        raise click.UsageError("--hold and --holdings exclude each other: add what is held to the file")
    if file is None and not held:
        raise click.UsageError(f"nothing is held: give {HOLD}, or --holdings FILE")
    if file is not None:
        lines = list(read_holdings(file))
    else:
        lines = [Line(symbol=symbol, weight=weight) for symbol, weight in map(_symbol_and_weight, held)]
    _tell_more(lines, "--prices-of SYMBOL=FILE", "prices", given["prices_of"], problems)
    _tell_more(lines, "--currency-of SYMBOL=CODE", "currency", given["currency_of"], problems)
    return lines


def _symbol_and_weight(text: str) -> tuple[str, str]:
    """Of AAPL=40%, EURUSD=X or EURUSD=X=40%.

    Raises:
        click.UsageError: there is nothing behind the last "=".
    """
    symbol, equals, weight = text.rpartition("=")
    if not equals or (_OF_A_SYMBOL.fullmatch(weight.strip()) and not _LIKE_A_WEIGHT.fullmatch(weight.strip())):
        return text, ""
    if not weight.strip():
        raise click.UsageError(f"--hold {text} lacks a weight behind its =: write {symbol}=40%, or {symbol} alone")
    return symbol, weight


def _tell_more(lines: list["Line"], usage: str, what: str, told: tuple[str, ...], problems: list[str]) -> None:
    """Give lines what an option says of their symbols; ``usage`` such as "--prices-of SYMBOL=FILE"."""
    option, form = usage.split()
    numbers = {line.symbol.strip().upper(): number for number, line in enumerate(lines)}
    for text in told:
        ends = [each.end() - 1 for each in re.finditer("=", text)]
        whole = [end for end in ends if text[:end].strip().upper() in numbers]
        if not whole:
            named = text[: ends[0]] if ends else text
            lacks = f"must be {form}, not {text[:80]}" if not ends else f"{named[:40]} is not held"
            problems.append(f"{option} {lacks}; held are {', '.join(numbers)}" if ends else f"{option} {lacks}")
            continue
        number, value = numbers[text[: whole[-1]].strip().upper()], text[whole[-1] + 1 :].strip()
        if not value:
            problems.append(f"{option} {text[:80]} has nothing behind its =")
        elif getattr(lines[number], what):
            problems.append(f"{option} {text[:80]} says it a second time")
        elif what == "prices":
            problem = _no_file(value)
            problems += [f"{option} {text[:80]}: {problem}"] if problem else []
            lines[number] = replace(lines[number], prices=_file(value))
        else:
            lines[number] = replace(lines[number], currency=value)


def _file(text: str) -> Path | str:
    from fleet.histories import SCHEME

    return SCHEME + text[len(SCHEME) :] if text.lower().startswith(SCHEME) else Path(text)


def _no_file(text: str) -> str:
    file = _file(text)
    if isinstance(file, str) or file.is_file():
        return ""
    return f"{file} is a folder" if file.is_dir() else f"there is no file {file}"


def joint_history_of(chosen: "ChosenHoldings", given: Mapping[str, Any]) -> "JointHistory":
    """The common days of what is held.

    Raises:
        HistoryError: some prices cannot be had or used, or have too few days in common.
        ParameterError: the span or the year cannot be used.
        FleetError: some are in S3, and cannot be had.
    """
    from fleet.joint_loading import load_joint

    asked = days_and_year(given)
    year = asked.pop("bars_per_year", None)
    return load_joint(chosen, lambda holding: _history(holding, asked), bars_per_year=year)


def _history(holding: "ChosenHolding", days: Mapping[str, Any]) -> "PriceHistory":
    from fleet import histories
    from fleet.price_cache import cache_folder
    from montecarlo.data.sources import load_history

    if isinstance(holding.prices, str):
        return histories.load(holding.prices, symbol=holding.symbol, **days)
    if holding.source == "s3":
        return histories.load_kept(histories.own_bucket(), holding.symbol, **days)
    where = days if holding.prices is None else {"path": holding.prices, **days}
    return load_history(holding.symbol, holding.source, cache=cache_folder(), on_fetch=tell_who_waits, **where)


def say_unknown_currencies(history: "JointHistory") -> None:
    """What to do where a warning says that nobody knows them."""
    unknown = [symbol for symbol, currency in zip(history.symbols, history.currencies, strict=True) if not currency]
    if unknown and len(history.symbols) > 1:
        click.echo(
            f"--currency-of {unknown[0]}=USD says it, or a column currency of the file with the holdings", err=True
        )
