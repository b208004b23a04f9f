"""The cache of machine code: whatever compiled code is made of, changing it compiles it anew."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import montecarlo
from montecarlo.engine.lanes import sources

PACKAGE = Path(montecarlo.__file__).parent
DECORATORS = {"inline", "stage"}
SIMULATE = """
import montecarlo as mc
prices = mc.simulate_prices(mc.NormalModel(100.0, 0.1, 0.3), days=5, iterations=1, seed=7)
print(mc.__file__, prices.to_numpy()[-1, 0])
"""


@pytest.fixture
def copied(tmp_path):
    """The package once more, to be changed; if machine code is kept beside it, then with that."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "montecarlo"))


def price(copied):
    """What a process simulates that has the changed package and keeps machine code there."""
    folder = copied.parent
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    command = [sys.executable, "-c", SIMULATE]
    done = subprocess.run(
        command, cwd=folder, env=environment | {"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True
    )
    file, found = done.stdout.split()
    assert Path(file).is_relative_to(folder)
    return found


def digest(copied):
    """That of the changed package."""
    spec = importlib.util.spec_from_file_location("changed_lanes", copied / "engine" / "lanes.py")
    lanes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lanes)
    return lanes.digest()


def change(file, old, new):
    source = file.read_text()
    assert old in source
    file.write_text(source.replace(old, new))


def test_a_change_in_a_file_that_a_stage_only_calls_is_compiled(copied):
    before = price(copied)
    change(copied / "engine" / "generator.py", "signed & _SIGN", "0")
    assert price(copied) != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("engine/tolerances.py", "EVEN = 1e-9", "EVEN = 1e-8"),
        ("engine/tolerances.py", "MAX_LOG_GROWTH = 170.0", "MAX_LOG_GROWTH = 100.0"),
        ("engine/normals.py", "DAYS_AT_ONCE = 8", "DAYS_AT_ONCE = 16"),
        ("strategies/sma_crossover.py", "TIE = 1e-9", "TIE = 1e-8"),
        ("strategies/bollinger_reversion.py", "NO_VARIANCE = 1e-14", "NO_VARIANCE = 1e-13"),
        ("models/bootstrap.py", "np.uint32(1)", "np.uint32(2)"),
    ],
)
def test_a_change_of_a_constant_that_is_compiled_in_makes_another_digest(copied, file, old, new):
    before = digest(copied)
    change(copied / file, old, new)
    assert digest(copied) != before


def test_a_change_of_what_is_never_compiled_leaves_the_digest_as_it_is(copied):
    before = digest(copied)
    change(copied / "errors.py", "What can go wrong", "What may go wrong")
    assert digest(copied) == before


def compiled_names(tree):
    """Names that functions with one of DECORATORS use, and what those of them that the file defines are made of."""
    made_of = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (name for target in targets for name in names_in(target)):
                made_of[name] = names_in(node.value)
    compiled = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(names_in(each) & DECORATORS for each in node.decorator_list)
    ]
    found, new = set(), set().union(*(names_in(statement) for each in compiled for statement in each.body))
    while new:
        found |= new
        new = set().union(*(made_of.get(name, set()) for name in new)) - found
    return found


def names_in(node):
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def imported(tree):
    """The module of the package that each imported name comes from, or is."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE.name:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = importlib.util.find_spec(node.module).submodule_search_locations and file_of(inner)
                found[alias.asname or alias.name] = inner if is_module else node.module
    return found


def file_of(module):
    spec = importlib.util.find_spec(module)
    return Path(spec.origin) if spec and spec.origin else None


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_all_that_compiled_code_uses_comes_from_files_in_the_digest(file):
    tree = ast.parse(file.read_text())
    names, modules = compiled_names(tree), imported(tree)
    assert not names or file in sources()
    taken = {name: file_of(module) for name, module in modules.items() if name in names}
    assert [name for name, origin in taken.items() if origin not in sources()] == []


def test_what_compiled_code_uses_is_found():
    """Or the test above would say nothing."""
    tree = ast.parse((PACKAGE / "engine" / "generator.py").read_text())
    assert {"DAYS_AT_ONCE", "_K0", "reference", "ROUNDS", "philox"} <= compiled_names(tree)
    assert imported(tree)["reference"] == "montecarlo.engine.normals"
    assert imported(tree)["DAYS_AT_ONCE"] == "montecarlo.engine.normals"
