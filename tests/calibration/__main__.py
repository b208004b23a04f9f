"""``python -m tests.calibration NAME``: measure, show the table, and with ``--record`` keep it in docs/calibration.md.

Exits with 1 when something is beyond its bounds.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.markdown import replace_between_marks

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"

MEASUREMENTS = ("filler", "intervals", "precision", "ranges", "skill", "variance")
"""Modules beside this one.  Each has ``options(parser)``, and ``measured(given)``, which returns what the page shows
between the marks with its name, and whether all of it is good."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    commands = parser.add_subparsers(dest="name", required=True)
    modules = {name: import_module(f"tests.calibration.{name}") for name in MEASUREMENTS}
    for name, module in modules.items():
        command = commands.add_parser(name, description=module.__doc__)
        command.add_argument("--record", action="store_true", help="also put what is measured into docs/calibration.md")
        module.options(command)
    tables = commands.add_parser("tables", description="print montecarlo/statistics/critical_values.py's tables")
    tables.add_argument("--samples", type=int, default=400_000, help="of the shortest kind; fewer of longer ones")
    given = parser.parse_args(arguments)
    if given.name == "tables":
        print(import_module("tests.calibration.critical_values").tables(given.samples))
        return 0
    content, good = modules[given.name].measured(given)
    print(content)
    if given.record:
        marks = f"<!-- {given.name} -->", f"<!-- end of {given.name} -->"
        PAGE.write_text(replace_between_marks(PAGE.read_text(), content, marks))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
