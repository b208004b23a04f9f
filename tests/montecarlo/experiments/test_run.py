"""Doing an experiment into a folder: the same bytes as the library's and as those of its ranges put together."""

import functools
import io
import itertools
import operator
from dataclasses import replace

import pytest

import montecarlo as mc
from montecarlo.accounting import rows
from montecarlo.experiments import simulation as simulation_module
from montecarlo.experiments.run import run_to_folder
from montecarlo.statistics.summary import summary_to_csv
from montecarlo.statistics.tally import BLOCK_PATHS

PATHS = 2 * BLOCK_PATHS + 101
SIMULATION = mc.Simulation(
    model=mc.NormalModel(start_price=50.0, drift=0.1, volatility=0.6),
    strategy=mc.SmaCrossover(3, 8),
    days=40,
    iterations=PATHS,
    seed=7,
    rows=True,
)
SWEEP = mc.Sweep(
    model=SIMULATION.model,
    strategy=SIMULATION.strategy,
    axes=(("long", (8, 20)),),
    days=40,
    iterations=PATHS,
    seed=7,
)


def simulate(simulation, **options):
    return mc.simulate(
        simulation.model,
        simulation.strategy,
        days=simulation.days,
        iterations=simulation.iterations,
        seed=simulation.seed,
        **options,
    )


def merged(experiment, cuts):
    """Files of an experiment whose ranges were run one by one and came together backwards; rows as people get them."""
    parts, pieces = [], []
    for cut in itertools.pairwise([0, *cuts, experiment.units]):
        stream = io.BytesIO()
        parts.append(experiment.run(*cut, stream if experiment.rows_format else None).to_bytes())
        pieces.append(stream.getvalue())
    total = functools.reduce(operator.add, map(experiment.partial_result, reversed(parts)))
    files = experiment.results(total, pieces)
    if experiment.rows_format and experiment.rows_format.joined:
        first, *others = pieces
        files[experiment.rows_file] = first + b"".join(piece.partition(b"\n")[2] for piece in others)
    return files


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("cuts", [[], [BLOCK_PATHS], [BLOCK_PATHS, 2 * BLOCK_PATHS]], ids=len)
@pytest.mark.parametrize("keep", [True, False], ids=["rows", "no rows"])
def test_a_simulation_has_the_same_bytes_in_a_folder_put_together_and_from_the_library(tmp_path, cuts, keep):
    simulation = replace(SIMULATION, rows=keep)
    results = run_to_folder(simulation, tmp_path)
    files = contents(tmp_path)
    assert files == merged(simulation, cuts)
    assert results == {"summary.csv": files["summary.csv"]}
    found = simulate(simulation, rows=keep)
    assert files["summary.csv"] == summary_to_csv(found.summary)
    assert ("paths.csv" in files) is keep
    if keep:
        assert files["paths.csv"] == rows.to_csv(found.kept)


def test_rows_may_be_kept_where_quantiles_are_no_longer_exact(tmp_path, monkeypatch):
    monkeypatch.setattr(simulation_module, "ROWS_BY_DEFAULT", 1500)
    run_to_folder(SIMULATION, tmp_path)
    files = contents(tmp_path)
    assert files == merged(SIMULATION, [BLOCK_PATHS])
    assert files["summary.csv"] == summary_to_csv(simulate(SIMULATION, rows=False).summary)
    assert files["paths.csv"].count(b"\n") == PATHS + 1


@pytest.mark.parametrize("experiment", [SIMULATION, SWEEP], ids=lambda each: each.kind)
@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_no_byte_and_progress_goes_up_to_the_last_unit(tmp_path, experiment, threads):
    done = []
    run_to_folder(experiment, tmp_path, threads=threads, progress=done.append)
    assert contents(tmp_path) == merged(experiment, [])
    assert done == sorted(set(done))
    assert done[-1] == experiment.units


def test_a_folder_holds_what_was_done_last(tmp_path):
    run_to_folder(SIMULATION, tmp_path)
    run_to_folder(SWEEP, tmp_path)
    assert contents(tmp_path).keys() == {"sweep.csv", "summary.csv"}
    run_to_folder(replace(SIMULATION, rows=False), tmp_path)
    assert contents(tmp_path).keys() == {"summary.csv"}


@pytest.mark.parametrize("experiment", [SIMULATION, SWEEP], ids=lambda each: each.kind)
def test_what_is_broken_off_leaves_what_was_there_and_nothing_else(tmp_path, experiment):
    run_to_folder(SIMULATION, tmp_path)
    before = contents(tmp_path)

    def stop(units):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_to_folder(experiment, tmp_path, progress=stop)
    assert contents(tmp_path) == before
    with pytest.raises(KeyboardInterrupt):
        run_to_folder(experiment, tmp_path / "a" / "b", progress=stop)
    assert not (tmp_path / "a").exists()


def test_a_number_of_threads_that_makes_no_sense_is_refused_before_anything_is_removed(tmp_path):
    run_to_folder(SIMULATION, tmp_path)
    before = contents(tmp_path)
    with pytest.raises(mc.ParameterError, match=r"^threads must be a whole number"):
        run_to_folder(SIMULATION, tmp_path, threads=0)
    assert contents(tmp_path) == before
