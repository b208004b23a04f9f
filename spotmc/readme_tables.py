"""The tables of the README that follow from what is declared; ``python -m spotmc.readme_tables`` writes them there."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from montecarlo.accounting.rules import Rules
from montecarlo.experiments.simulation import ROWS_BY_DEFAULT, Simulation
from montecarlo.parameters import MISSING, Choice, Number, Parameter, Switch, Whole, declared
from montecarlo.strategies import ORDERS, STRATEGIES, Strategy

README = Path(__file__).parents[1] / "README.md"


def tables() -> dict[str, str]:
    """Each in Markdown, by the name that its marks in the README have."""
    return {
        "strategies": _table(
            ("strategy", "in the library", "what it wants", "parameters"),
            (
                (f"`{name}`", f"`mc.{kind.__name__}()`", kind.help, "<br>".join(map(_told, _own(kind))))
                for name, kind in STRATEGIES.items()
            ),
        ),
        "orders": _table(
            ("parameter", "may be", "default", "what it is"),
            (
                (f"`{each.name}`", f"{_range(replace(each, optional=False))} {each.unit}, or none", "none", each.help)
                for each in ORDERS.values()
            ),
        ),
        "parameters": _table(
            ("parameter", "may be", "default", "what it is"),
            (
                (f"`{each.name}`", _range(each), _default(each), each.help)
                for each in (*declared(Simulation).values(), *declared(Rules).values())
            ),
        ),
    }


def with_tables(page: str) -> str:
    """The page with the tables between their marks."""
    for name, table in tables().items():
        begin, end = f"<!-- {name}: made by spotmc.readme_tables -->", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n\n{table}\n\n{end}{after}"
    return page


def _own(kind: type[Strategy]) -> Iterable[Parameter]:
    """Those that not every strategy has."""
    return (each for name, each in declared(kind).items() if name not in ORDERS)


def _told(each: Parameter) -> str:
    unit = f" {each.unit}" if each.unit else ""
    return f"`{each.name}`: {_range(each)}{unit}; {_default(each)}"


def _range(each: Parameter) -> str:
    kind = each.kind
    if isinstance(kind, Whole | Number):
        low = "above" if isinstance(kind, Number) and not kind.low_allowed else "from"
        return f"{low} {_number(kind.low)} to {_number(kind.high)}{', or none' if each.optional else ''}"
    return ", ".join(kind.words) if isinstance(kind, Choice) else str(kind)


def _default(each: Parameter) -> str:
    if each.default is MISSING:
        return "a new one"
    if each.name == "rows":
        return f"up to {ROWS_BY_DEFAULT:,} paths"
    if isinstance(each.kind, Switch):
        return str(each.default).lower()
    return _number(each.default) if isinstance(each.default, int | float) else str(each.default or "none")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (heads, ("---",) * len(heads), *rows))


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
