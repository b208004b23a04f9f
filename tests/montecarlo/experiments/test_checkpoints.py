"""What was done before an interruption is not done again, and the results are the same bytes."""

import pytest

import montecarlo as mc
from montecarlo.experiments import simulation
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.simulate import make_simulation
from montecarlo.experiments.sweeping import make_sweep
from montecarlo.models import NormalModel
from montecarlo.statistics.tally import BLOCK_PATHS

MODEL = NormalModel(start_price=100.0, drift=0.05, volatility=0.2, drift_error=0.1, volatility_error=0.01)
CHUNK = 2 * BLOCK_PATHS


class Interruption(BaseException):
    pass


def make(**changes):
    told = {"days": 30, "iterations": 5 * BLOCK_PATHS, "seed": 3, "rows": True, **changes}
    return make_simulation(MODEL, mc.SmaCrossover(3, 10), rules=mc.Rules(), warm_up=None, **told)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK_WITH_ROWS", CHUNK)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def interrupt_at(units):
    def progress(done):
        if done >= units:
            raise Interruption

    return progress


@pytest.mark.parametrize(
    "changes",
    [{}, {"precision": "probability_of_loss=0.012", "iterations": 40 * BLOCK_PATHS}, {"uncertainty": True}],
    ids=["all", "precision", "uncertainty"],
)
def test_an_interrupted_experiment_goes_on_and_ends_with_the_same_bytes(tmp_path, changes):
    experiment, said, steps = make(**changes), [], []
    run_to_folder(experiment, tmp_path / "whole")
    for units in (1, CHUNK + 1, 2 * CHUNK + 1):
        with pytest.raises(Interruption):
            run_to_folder(
                experiment,
                tmp_path / "out",
                checkpoints=tmp_path / "kept",
                progress=interrupt_at(units),
                tell=said.append,
            )
        assert not (tmp_path / "out").exists()
    assert len(list((tmp_path / "kept").iterdir())) == 2
    run_to_folder(experiment, tmp_path / "out", checkpoints=tmp_path / "kept", progress=steps.append, tell=said.append)
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert steps[:2] == [CHUNK, 2 * CHUNK]
    assert said[-1] == f"{2 * CHUNK:,} of {experiment.units:,} paths were done before, and are not done again"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content[:40],
        lambda content: b"",
        lambda content: content[:-1] + b"x",
        lambda content: b'{"format": 9}\n' + content,
        lambda content: b"[]\n",
        lambda content: content.replace(b'"partial": ', b'"partial": 99999999999', 1),
        lambda content: content.replace(b'"rows": ', b'"rows": -', 1),
    ],
    ids=["cut off", "cut off early", "empty", "altered", "another version's", "no checkpoint", "huge", "negative"],
)
def test_a_checkpoint_that_is_damaged_is_told_and_done_again(tmp_path, spoil):
    experiment, said = make(), []
    run_to_folder(experiment, tmp_path / "whole", checkpoints=tmp_path / "kept")
    damaged = tmp_path / "kept" / f"{CHUNK}-{2 * CHUNK}.chunk"
    good = damaged.read_bytes()
    damaged.write_bytes(spoil(good))
    run_to_folder(experiment, tmp_path / "out", checkpoints=tmp_path / "kept", tell=said.append)
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert damaged.read_bytes() == good
    assert any(str(damaged) in words and "are done again" in words for words in said)


def test_a_checkpoint_of_another_experiment_is_not_taken_for_its_own(tmp_path):
    said = []
    run_to_folder(make(seed=4), tmp_path / "other", checkpoints=tmp_path / "kept")
    run_to_folder(make(), tmp_path / "out", checkpoints=tmp_path / "kept", tell=said.append)
    run_to_folder(make(), tmp_path / "whole")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert all("it is of another experiment" in words for words in said)
    assert len(said) == 3


def test_what_another_version_of_the_engine_has_done_is_done_again(tmp_path, monkeypatch):
    said = []
    run_to_folder(make(), tmp_path / "whole", checkpoints=tmp_path / "kept")
    monkeypatch.setattr("montecarlo.experiments.checkpoints.ENGINE_VERSION", "another")
    run_to_folder(make(), tmp_path / "out", checkpoints=tmp_path / "kept", tell=said.append)
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert [("it is of another experiment" in words) for words in said] == [True] * 3


def test_what_other_programs_leave_beside_checkpoints_does_not_matter(tmp_path):
    said = []
    kept = tmp_path / "kept"
    run_to_folder(make(), tmp_path / "whole", checkpoints=kept)
    written = files(kept)
    for name in [*written, ".unfinished-1"]:  # SageMaker's mark of what it is storing, and what a kill has left of ours
        (kept / f"{name}.sagemaker-uploading").write_bytes(b"")
        (kept / f"{name}.sagemaker-uploaded").write_bytes(b"1")
    (kept / ".unfinished-1").write_bytes(b"{")
    run_to_folder(make(), tmp_path / "out", checkpoints=kept, threads=1, tell=said.append)
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert said == [f"{make().units:,} of {make().units:,} paths were done before, and are not done again"]
    assert written.items() <= files(kept).items()


def test_nothing_half_written_is_left_where_it_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("pathlib.Path.replace", lambda self, target: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        run_to_folder(make(), tmp_path / "out", checkpoints=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_sweep_keeps_the_returns_that_its_quantiles_are_made_of(tmp_path, monkeypatch):
    monkeypatch.setattr("montecarlo.experiments.traded_paths.CHUNK_PATH_DAYS", 1)
    told = {"days": 30, "iterations": 3 * BLOCK_PATHS, "seed": 3, "rules": mc.Rules(), "warm_up": None}
    sweep = make_sweep(MODEL, mc.SmaCrossover(3, 10), {"short": (3, 5)}, **told)
    run_to_folder(sweep, tmp_path / "whole")
    with pytest.raises(Interruption):
        run_to_folder(sweep, tmp_path / "out", checkpoints=tmp_path / "kept", progress=interrupt_at(BLOCK_PATHS + 1))
    assert len(list((tmp_path / "kept").iterdir())) == 1
    run_to_folder(sweep, tmp_path / "out", checkpoints=tmp_path / "kept")
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_what_is_done_in_one_piece_needs_no_checkpoint(tmp_path):
    run_to_folder(make(iterations=BLOCK_PATHS), tmp_path / "out", checkpoints=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
