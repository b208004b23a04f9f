"""Jobs with trained models, backtests and trainings on workers; a training is left alone where nothing can train."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import montecarlo as mc
from fleet import keys, markers
from fleet.bucket import Bucket
from fleet.events import Event
from fleet.inputs import at_hand
from fleet.job import Job
from fleet.message import attributes
from fleet.new_job import make_backtest_job, make_job, make_sweep_job, make_training_job
from fleet.progress import status
from fleet.queue import MAX_RECEIVE_COUNT, Queue
from fleet.results import fetch_results, result
from fleet.submit import send, submit
from montecarlo.data.history import PriceHistory
from montecarlo.errors import LibraryError
from montecarlo.experiments.historical import files_of
from montecarlo.experiments.run import run_to_folder
from montecarlo.experiments.training_tables import TABLE, read
from montecarlo.learning import Training, libraries
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies.ml_forecast import MODEL, MlForecast
from montecarlo.trained import TrainedModel
from spotmc.local_stack.processes import Child
from tests.montecarlo.any_forecast import random_model
from tests.worker.one_message import Claim, dead, do_all, do_next
from worker import events
from worker.handler import Disposition, MessageHandler

Start = Callable[..., Child]
Eventually = Callable[..., None]

LACKS = "training needs scikit-learn, which is not installed"


@pytest.fixture(autouse=True)
def run_folder(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the workers of this test leave their status files."""
    monkeypatch.setenv("SPOTMC_RUN_DIR", str(tmp_path / "run"))


@pytest.fixture(scope="session")
def model() -> TrainedModel:
    return random_model(5, n=4, sides=("long", "short"), take_profit=0.03)


@pytest.fixture(scope="session")
def years(history: PriceHistory) -> PriceHistory:
    """Bars of AAPL that are enough to train on."""
    del history
    return mc.load_history("AAPL", "sample")


@pytest.fixture
def training(years: PriceHistory) -> Job:
    """Two models."""
    return make_training_job(years, Training(name="aapl", direction="long"), {"n": [4, 8]})


def forecast_job(history: PriceHistory, model: TrainedModel, **more: object) -> Job:
    settings = {"days": 60, "iterations": 3 * BLOCK_PATHS + 10, "seed": 7} | more
    job = make_job(history, strategy=MlForecast(model=model), model="bootstrap", **settings)  # type: ignore[arg-type]
    return replace(job, chunk=BLOCK_PATHS)


def alone(job: Job, folder: Path) -> dict[str, bytes]:
    """What one process finds."""
    run_to_folder(job.experiment, folder)
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def on_the_fleet(bucket: Bucket, job: Job, folder: Path) -> dict[str, bytes]:
    fetch_results(bucket, job, folder)
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


@pytest.mark.parametrize("kind", ["simulation", "sweep"])
def test_a_worker_takes_the_model_from_the_bucket_and_finds_what_one_process_finds(
    *,
    kind: str,
    history: PriceHistory,
    model: TrainedModel,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    tmp_path: Path,
) -> None:
    if kind == "simulation":
        job = forecast_job(history, model)
    else:
        over = {"take_profit": (0.02, 0.05)}
        job = make_sweep_job(
            history, strategy=MlForecast(model=model), over=over, model="bootstrap", days=60, iterations=500, seed=7
        )
    submit(job, history, queue, bucket, {MODEL: model.to_json()})
    assert bucket.get(f"models/{model.digest}.json") == model.to_json()
    do_all(handler, queue, claim)
    assert status(bucket, job.id).state == "complete"
    assert on_the_fleet(bucket, job, tmp_path / "fetched") == alone(job, tmp_path / "alone")
    assert (tmp_path / "fetched" / "model.json").read_bytes() == model.to_json()


@pytest.mark.thorough
def test_a_killed_worker_leaves_no_trace_in_the_results_of_a_forecast(
    *,
    history: PriceHistory,
    model: TrainedModel,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    tmp_path: Path,
) -> None:
    job = forecast_job(history, model, days=25, iterations=30 * BLOCK_PATHS)
    submit(job, history, queue, bucket, {MODEL: model.to_json()})
    victim = start_worker()
    eventually(lambda: status(bucket, job.id).done)
    victim.process.kill()
    victim.process.wait(300)
    assert status(bucket, job.id).state == "running"
    assert start_worker("--drain").process.wait(300) == 0
    assert on_the_fleet(bucket, job, tmp_path / "fetched") == alone(job, tmp_path / "alone")


@pytest.mark.parametrize("what", ["gone", "altered", "another"])
def test_a_model_that_is_not_what_the_job_says_is_poison_in_words(
    *,
    what: str,
    history: PriceHistory,
    model: TrainedModel,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    dead_letters: Queue,
) -> None:
    job = forecast_job(history, model)
    submit(job, history, queue, bucket, {MODEL: model.to_json()})
    key = keys.input_key(MODEL, model.digest)
    if what == "gone":
        bucket.delete(key)
    else:
        other = random_model(6, n=4).to_json() if what == "another" else model.to_json().replace(b"0.5", b"0.6", 1)
        bucket.put(key, other)
    assert do_next(handler, claim) is Disposition.ACK
    words = "is not in the bucket" if what == "gone" else "has been altered"
    reason = f"what job {job.id} was made from {words}: {key}"
    assert status(bucket, job.id).reason == reason
    assert [str(message.attributes["reason"]) for message in dead(dead_letters)] == [reason]


def test_a_page_has_the_model_at_hand_as_a_worker_has(
    history: PriceHistory, model: TrainedModel, queue: Queue, bucket: Bucket
) -> None:
    job = forecast_job(history, model)
    submit(job, history, queue, bucket, {MODEL: model.to_json()})
    read = Job.from_json(job.to_json())
    assert read.experiment.strategy.model != model  # type: ignore[attr-defined]
    assert [value for each, value in read.experiment.facts() if each.name == "trained_model"] == [model.name]
    assert attributes(read, bucket.name)["trained_model"] == model.name
    ready = at_hand(bucket, read)
    assert ready.experiment.strategy.model == model  # type: ignore[attr-defined]
    assert ready.to_json() == job.to_json()


@pytest.mark.thorough
def test_a_worker_that_cannot_train_leaves_trainings_to_others_and_does_the_rest(
    *,
    training: Job,
    years: PriceHistory,
    model: TrainedModel,
    queue: Queue,
    bucket: Bucket,
    start_worker: Start,
    eventually: Eventually,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A backtest meanwhile, with the same bytes as here; and the training, when one comes that can do it."""
    submit(training, years, queue, bucket)
    # Python runs this before anything else, and will not import what stands there as None.
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules |= dict.fromkeys(('sklearn', 'lightgbm'))\n")
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        unable = start_worker()
    eventually(lambda: status(bucket, training.id).lacks)
    backtest = make_backtest_job(years, strategy=MlForecast(model=model), shares=10.0)
    submit(backtest, years, queue, bucket, {MODEL: model.to_json()})
    eventually(lambda: status(bucket, backtest.id).state == "complete")
    here = files_of(mc.backtest(years, MlForecast(model=model), shares=10.0))
    assert {name: result(bucket, backtest, name) for name in here} == here

    now = status(bucket, training.id)
    assert (now.state, now.done, now.reason) == ("queued", 0, "")
    assert LACKS in now.lacks
    assert any(LACKS in warning for warning in now.warnings)
    assert not list(bucket.list(keys.failures_folder(training.id)))

    able = start_worker()
    eventually(lambda: status(bucket, training.id).state == "complete")
    assert not status(bucket, training.id).lacks
    assert unable.process.poll() is able.process.poll() is None
    table = read(result(bucket, training, TABLE))
    assert list(table["n"]) == [4, 8]
    chosen = TrainedModel.from_json(result(bucket, training, "model.json"))
    assert chosen.n == table["n"][table["chosen"] == 1].item()
    assert make_backtest_job(years, strategy=MlForecast(model=chosen)).inputs[MODEL] == chosen.digest


@pytest.fixture
def unable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that trains is installed."""

    def missing(module: str) -> None:
        raise LibraryError(f"{LACKS}; it comes with: pip …")

    monkeypatch.setattr(libraries, "scikit_learn", missing)


@pytest.mark.usefixtures("unable")
def test_what_is_left_to_others_is_no_failure_and_its_message_comes_again(
    *,
    training: Job,
    years: PriceHistory,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    emitted: list[Event],
    dead_letters: Queue,
) -> None:
    submit(training, years, queue, bucket)
    for _ in range(2):
        with claim() as lease:
            assert handler.do(lease) is Disposition.LEAVE
        queue.release(lease.message)
    left = [event for event in emitted if isinstance(event, events.LeftToOthers)]
    assert len(left) == 2
    assert LACKS in left[0].reason
    assert not [event for event in emitted if isinstance(event, events.Failed)]
    assert not bucket.exists(keys.running_key(training.id))
    assert dead(dead_letters) == []
    assert queue.depth().visible == 2


@pytest.mark.usefixtures("unable")
def test_what_nobody_can_do_fails_in_words_before_the_queue_gives_it_up_without(
    *,
    training: Job,
    years: PriceHistory,
    queue: Queue,
    bucket: Bucket,
    handler: MessageHandler,
    claim: Claim,
    dead_letters: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit(training, years, queue, bucket)
    with claim() as lease:
        lease.message = replace(lease.message, receive_count=MAX_RECEIVE_COUNT - 1)
        assert handler.do(lease) is Disposition.ACK
    failed = status(bucket, training.id)
    assert failed.state == "failed"
    times = MAX_RECEIVE_COUNT - 1
    assert failed.reason.startswith(f"no worker that had it, {times} times in all, could do it: {LACKS}")
    assert [str(message.attributes["reason"]) for message in dead(dead_letters)] == [failed.reason]
    monkeypatch.undo()
    monkeypatch.setattr(libraries, "scikit_learn", lambda module: None)
    send(training, queue, bucket)
    assert status(bucket, training.id).state == "queued"
    assert not bucket.exists(keys.lacking_key(training.id))


@pytest.mark.usefixtures("unable")
def test_a_worker_that_cannot_train_still_cuts_and_cancels(
    *, training: Job, years: PriceHistory, queue: Queue, bucket: Bucket, handler: MessageHandler, claim: Claim
) -> None:
    submit(training, years, queue, bucket)
    markers.write_marker(bucket, keys.cancelled_key(training.id))
    assert do_next(handler, claim) is Disposition.ACK
