"""The portfolio's form: what a person typed, as holdings and values that make a job, and as problems beside fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from fleet.chosen_holdings import ChosenHoldings, HoldingsError, Line
from montecarlo.errors import ParameterError
from montecarlo.experiments.holdings import FIXED
from montecarlo.parameters import shown
from webui.forms import portfolio_fields as fields
from webui.forms import snapshots
from webui.forms.fields import Field
from webui.forms.job_fields import PREVIEW, PRICES, SOURCE, Offer
from webui.forms.pairs import read_pairs
from webui.forms.portfolio_fields import COLUMNS, HOLDINGS, MODEL, STRATEGY, WEIGHTS

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
        values: What they mean, by name of the attributes of ``ChosenHolding``, as far as they can be read.
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

    def line(self, *, weighed: bool) -> Line:
        """What it says is held; a weight counts only if it is ``weighed``."""
        strategy, _, settings = self.typed[fields.TRADES].strip().partition(" ")
        told: Mapping[str, str] = {}
        wrong = {}
        try:
            told = read_pairs(settings)
        except ValueError as error:
            wrong["settings"] = str(error)
        if self.held and not snapshots.DIGEST.fullmatch(self.held):
            wrong[fields.OF_PRICES] = _NO_DIGEST
        source = self.typed[SOURCE.name]
        return Line(
            symbol=self.typed[fields.SYMBOL],
            weight=self.typed[fields.WEIGHT] if weighed else "",
            source=source,
            prices=self.held or None if source == "csv" else None,
            currency=self.typed[fields.CURRENCY],
            strategy=strategy,
            settings=told,
            wrong=wrong,
        )

    def by_field(self, problems: Mapping[str, str]) -> dict[str, str]:
        """Problems of its line by name in the form; of what its strategy is told, each begins with its name."""
        found: dict[str, str] = {}
        for name, why in problems.items():
            field = self.name(name if name in COLUMNS else fields.TRADES)
            said = why if name in (*COLUMNS, STRATEGY.name, "settings") else f"{name} {why}"
            found[field] = f"{found[field]}; {said}" if field in found else said
        return found


@dataclass(frozen=True)
class PortfolioForm:
    """The form at one moment.

    Attributes:
        rows: The list of symbols.
        typed: Texts by name, of all fields that are no row's.
        values: What they mean, likewise; complete when there are no problems.
        chosen: What is held, and how; None as long as there are problems.
        problems: By name of the field.
        strategies, models: What can be chosen, by name.
    """

    rows: Sequence[Row]
    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    chosen: ChosenHoldings | None = None
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
        values = form._read(form._fields_that_count, problems)
        chosen = None
        try:
            chosen = ChosenHoldings.of(
                [row.line(weighed=values.get(WEIGHTS.name) == FIXED) for row in rows],
                values,
                strategy=form.typed[STRATEGY.name],
                told=form._told(form.strategies, STRATEGY, values),
                model_settings=form._told(form.models, MODEL, values),
            )
            rows = [replace(row, values=vars(each)) for row, each in zip(rows, chosen.holdings, strict=True)]
        except HoldingsError as error:
            others = {name: why for name, why in error.problems.items() if name != HOLDINGS}
            problems = form.by_field(others) | problems
            rows = [replace(row, values=each.values) for row, each in zip(rows, error.lines, strict=True)]
            for row, each in zip(rows, error.lines, strict=True):
                problems |= row.by_field(each.problems)
            if error.together:
                problems[HOLDINGS] = error.together
        return replace(form, rows=tuple(rows) or form.rows[:1], values=values, chosen=chosen, problems=problems)

    def _told(self, offers: Mapping[str, Offer], choice: Field, values: Mapping[str, Any]) -> dict[str, str]:
        """The texts of what belongs to the chosen one, but for those that are wrong or left open."""
        offer = offers.get(self.typed[choice.name])
        own = offer.fields if offer else {}
        return {name: self.typed[each.name] for name, each in own.items() if values.get(each.name) is not None}

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
