"""The portfolio's form: what a person typed, as holdings and values that make a job, and as problems beside fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from fleet.chosen_holdings import read_weight
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.currencies import read_currency
from montecarlo.data.history import check_symbol
from montecarlo.data.joint_history import MOST_SYMBOLS
from montecarlo.errors import HistoryError, ParameterError
from montecarlo.experiments.holdings import FIXED, ROUNDING
from montecarlo.parameters import shown
from montecarlo.strategies import Strategy, strategy_named
from webui.forms import portfolio_fields as fields
from webui.forms import snapshots
from webui.forms.fields import Field
from webui.forms.job_fields import PREVIEW, PRICES, SOURCE, SOURCE_OF_SNAPSHOT, Offer
from webui.forms.pairs import read_pairs
from webui.forms.portfolio_fields import COLUMNS, HOLDINGS, MODEL, REBALANCING, STRATEGY, WEIGHTS

FIRST = {  # what a person sees first: prices that need no network
    "symbol.1": "AAPL",
    "weight.1": "0.4",
    "symbol.2": "MSFT",
    "weight.2": "0.3",
    "symbol.3": "IBM",
    "weight.3": "0.2",
}

_IN_A_ROW = re.compile(rf"({'|'.join(COLUMNS)})\.([1-9][0-9]{{0,2}})")
_NOT_OF_THE_JOB = re.compile(r"csrf_token|previewed|drawn_seed|let_go|add|remove|theme|file(_symbol)?\.[0-9]{1,3}")
_NO_DIGEST = "must be the SHA-256 of prices in the bucket: choose a source or the file anew"


@dataclass(frozen=True)
class Row:
    """A symbol of the list.

    Attributes:
        number: Of the row; numbers need not be without gaps.
        typed: Texts by the name of the column.
        values: What they mean; its ``strategy`` is None where it is that of all.
    """

    number: int
    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Of the field."""
        return f"{column}.{self.number}"

    @property
    def held(self) -> str:
        """The SHA-256 of its prices, where they are in the bucket."""
        return self.typed[fields.OF_PRICES]

    @property
    def empty(self) -> bool:
        """Whether nobody has typed anything into it."""
        return not any(self.typed[name].strip() for name in COLUMNS if name != SOURCE.name)

    @property
    def unfolded(self) -> bool:
        """Whether what is folded away in it says something."""
        return bool(self.typed[fields.TRADES] or (self.typed[fields.CURRENCY] and not self.held))


@dataclass(frozen=True)
class PortfolioForm:
    """The form at one moment.

    Attributes:
        rows: The list of symbols.
        typed: Texts by name, of all fields that are no row's.
        values: What they mean, likewise; complete when there are no problems.
        strategy: What trades each share; None as long as that has problems.
        problems: By name of the field.
        strategies, models: What can be chosen, by name.
    """

    rows: Sequence[Row]
    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    strategy: Strategy | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    strategies: Mapping[str, Offer] = field(default_factory=fields.strategies)
    models: Mapping[str, Offer] = field(default_factory=fields.models)

    @classmethod
    def filled_in(cls, typed: Mapping[str, str]) -> Self:
        """The form before anybody judges it: the usual texts, and over them what ``typed`` has.

        Without any row it is that of a person who has just come.  Prices without a number are those of all rows.
        """
        form = cls((), {})
        usual = {each.name: each.usual for each in form._fields}
        texts = {**usual, **{name: text for name, text in typed.items() if name in usual}}
        rows = _rows(typed, typed.get(snapshots.FIELD, "")) or _rows(FIRST, "")
        return replace(form, rows=rows, typed=texts)

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """Judge what was sent; fields that are missing are as usual, and rows into which nobody typed are none."""
        form = cls.filled_in(typed)
        known = {snapshots.FIELD, *form.typed}
        problems = {
            shown(name): "is no field of this form"
            for name in typed
            if name not in known and not _IN_A_ROW.fullmatch(name) and not _NOT_OF_THE_JOB.fullmatch(name)
        }
        rows = [row for row in _rows(typed, typed.get(snapshots.FIELD, "")) if not row.empty]
        if not rows:
            problems[HOLDINGS] = "is empty: type a symbol"
        if len(rows) > MOST_SYMBOLS:
            problems[HOLDINGS] = f"has {len(rows)} symbols; there may be {MOST_SYMBOLS}"
        values = form._read(form._fields_that_count, problems)
        rows = [replace(row, values=_read_row(row, values, problems)) for row in rows]
        problems |= _twice(rows)
        if not problems and values[WEIGHTS.name] == FIXED:
            problems |= _too_much(rows)
        strategy = None
        chosen = form.strategies.get(form.typed[STRATEGY.name])
        if chosen and all(each.name in values for each in chosen.fields.values()):
            try:
                told = {name: values[each.name] for name, each in chosen.fields.items()}
                strategy = strategy_named(chosen.name, told)
            except ParameterError as error:
                problems |= chosen.by_field(error.problems)
        for holder, of_it in ((Rebalancing, tuple(REBALANCING.values())), (Rules, fields.MONEY)):
            if all(each.name in values for each in of_it):
                try:
                    holder(**{each.name: values[each.name] for each in of_it})
                except ParameterError as error:
                    problems |= error.problems
        return replace(form, rows=tuple(rows) or form.rows[:1], values=values, strategy=strategy, problems=problems)

    @property
    def _fields(self) -> list[Field]:
        return fields.all_fields(self.strategies, self.models)

    @property
    def _fields_that_count(self) -> list[Field]:
        """Those of the chosen strategy and model, and those that belong to none."""
        chosen = (self.strategies.get(self.typed[STRATEGY.name]), self.models.get(self.typed[MODEL.name]))
        own = {each.name for offer in chosen if offer for each in offer.fields.values()}
        others = {
            each.name for offer in (*self.strategies.values(), *self.models.values()) for each in offer.fields.values()
        }
        return [each for each in self._fields if each.name in own or each.name not in others]

    def _read(self, those: Iterable[Field], problems: dict[str, str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for each in those:
            try:
                values[each.name] = each.read(self.typed[each.name])
            except ParameterError as error:
                problems |= error.problems
        return values

    @property
    def can_have_prices(self) -> bool:
        """Whether it says which prices are wanted, whatever else is wrong with it."""
        of_rows = {row.name(name) for row in self.rows for name in (fields.SYMBOL, SOURCE.name, fields.OF_PRICES)}
        return not {HOLDINGS, *of_rows, *(each.name for each in PRICES)} & self.problems.keys()

    @property
    def rules(self) -> Rules:
        """Money, fills and costs; there must be no problems with them."""
        return Rules(**{each.name: self.values[each.name] for each in fields.MONEY})

    @property
    def rebalancing(self) -> Rebalancing:
        """There must be no problems with it."""
        return Rebalancing(**{name: self.values[name] for name in REBALANCING})

    @property
    def model_values(self) -> dict[str, Any]:
        """Parameters of the model that are set by hand."""
        own = self.models[self.values[MODEL.name]].fields
        return {name: value for name, each in own.items() if (value := self.values[each.name]) is not None}

    @property
    def all_typed(self) -> dict[str, str]:
        """The texts of all fields that say what the job is, those of the rows first."""
        own = {each.name for each in self._fields_that_count} - {PREVIEW.name}
        told = {name: text for name, text in self.typed.items() if name in own}
        return {row.name(name): row.typed[name] for row in self.rows for name in COLUMNS if row.typed[name]} | told

    @property
    def other_problems(self) -> list[str]:
        """Those of what has no field."""
        known = {HOLDINGS, *self.typed, *(row.name(name) for row in self.rows for name in (*COLUMNS, "file"))}
        hidden = {row.name(fields.OF_PRICES) for row in self.rows}
        return [f"{name} {why}" for name, why in self.problems.items() if name not in known or name in hidden]

    def refused(self, problems: Mapping[str, str]) -> Self:
        """The same form with problems that only making the job has shown."""
        return replace(self, problems=problems)

    def by_field(self, problems: Mapping[str, str]) -> dict[str, str]:
        """Problems, named by parameter as yet, by name in the form; what has no field there is of the list."""
        numbered = {row.values.get(fields.SYMBOL, ""): row for row in self.rows}
        found: dict[str, str] = {}
        for offers, chosen in ((self.strategies, STRATEGY.name), (self.models, MODEL.name)):
            if offer := offers.get(self.typed[chosen]):
                problems = offer.by_field(problems)
        for name, why in problems.items():
            if name in numbered:
                found[numbered[name].name(fields.SYMBOL)] = why
            elif name in self.typed and name != WEIGHTS.name:
                found[name] = why
            else:
                found[HOLDINGS] = why if name in (HOLDINGS, WEIGHTS.name) else f"{name} {why}"
        return found

    def with_row_added(self) -> Self:
        """The same with an empty row at the end."""
        number = max((row.number for row in self.rows), default=0) + 1
        source = self.rows[-1].typed[SOURCE.name] if self.rows else SOURCE.usual
        empty = dict.fromkeys(COLUMNS, "") | {SOURCE.name: source if source in SOURCE.choices else _first_source()}
        return replace(self, rows=(*self.rows, Row(number, empty)))

    def without_row(self, number: str) -> Self:
        """The same without that row; one always stays."""
        left = tuple(row for row in self.rows if str(row.number) != number)
        return replace(self, rows=left) if left else replace(self, rows=()).with_row_added()

    def with_prices_let_go(self, number: str) -> Self:
        """The same with other prices to be chosen for that row."""

        def other(row: Row) -> Row:
            if str(row.number) != number:
                return row
            source = row.typed[SOURCE.name]
            typed = {fields.OF_PRICES: "", SOURCE.name: source if source in SOURCE.choices else _first_source()}
            return replace(row, typed={**row.typed, **typed})

        return replace(self, rows=tuple(map(other, self.rows)))


def _first_source() -> str:
    return next(iter(SOURCE.choices))


def _rows(typed: Mapping[str, str], prices: str) -> list[Row]:
    """In the order of their numbers; ``prices`` are those of all that have none of their own."""
    found: dict[int, dict[str, str]] = {}
    for name, text in typed.items():
        if match := _IN_A_ROW.fullmatch(name):
            found.setdefault(int(match[2]), {})[match[1]] = text
    usual = dict.fromkeys(COLUMNS, "") | {SOURCE.name: _first_source()}
    rows = [Row(number, {**usual, **texts}) for number, texts in sorted(found.items())]
    return [replace(row, typed={**row.typed, fields.OF_PRICES: row.held or prices}) for row in rows]


def _read_row(row: Row, values: Mapping[str, Any], problems: dict[str, str]) -> dict[str, Any]:
    """What the texts of a row mean; what is wrong with them is added to ``problems``."""
    found: dict[str, Any] = {fields.OF_PRICES: row.held}

    def take(column: str, read: Any) -> None:
        try:
            found[column] = read(row.typed[column])
        except ParameterError as error:  # of a strategy's settings each has its name
            own = (column, STRATEGY.name)
            said = (why if name in own else f"{name} {why}" for name, why in error.problems.items())
            problems[row.name(column)] = "; ".join(said)
        except (HistoryError, ValueError) as error:
            problems[row.name(column)] = str(error)

    take(fields.SYMBOL, check_symbol if row.typed[SOURCE.name] == "csv" else lambda text: check_symbol(text).upper())
    take(SOURCE.name, (SOURCE_OF_SNAPSHOT if row.held else SOURCE).read)
    take(fields.CURRENCY, read_currency)
    take(fields.TRADES, strategy_typed)
    if values.get(WEIGHTS.name) == FIXED:
        if row.typed[fields.WEIGHT].strip():
            take(fields.WEIGHT, read_weight)
        else:
            problems[row.name(fields.WEIGHT)] = "is missing: write 0.25 or 25%, or let all have the same weight"
    if row.held and not snapshots.DIGEST.fullmatch(row.held):
        problems[row.name(fields.OF_PRICES)] = _NO_DIGEST
    return found


def strategy_typed(text: str) -> Strategy | None:
    """The strategy that one symbol is traded by: its name, and its settings as in ``sma-crossover short=40 long=100``.

    Raises:
        ParameterError, ValueError: there is none such.
    """
    name, _, settings = text.strip().partition(" ")
    if not name:
        return None
    offered = fields.strategies()
    if name not in offered:
        raise ParameterError({STRATEGY.name: f"must be one of {', '.join(offered)}, not {shown(name)}"})
    own = offered[name].fields
    told = {
        each: own[each].parameter.read(text) if each in own else text for each, text in read_pairs(settings).items()
    }
    return strategy_named(name, told)


def _twice(rows: Sequence[Row]) -> dict[str, str]:
    seen: set[str] = set()
    found = {}
    for row in rows:
        symbol = row.values.get(fields.SYMBOL, "")
        if symbol and symbol in seen:
            found[row.name(fields.SYMBOL)] = "is in the list already: a symbol comes once"
        seen.add(symbol)
    return found


def _too_much(rows: Sequence[Row]) -> dict[str, str]:
    together = sum(row.values[fields.WEIGHT] for row in rows)
    if together <= 1 + ROUNDING:
        return {}
    return {
        HOLDINGS: f"has weights of {together:.12g} together, and may have 1, which is all of the capital: "
        "nothing is bought on credit"
    }
