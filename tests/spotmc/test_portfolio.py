"""``spotmc portfolio``: results as a person reads them, files, JSON, several sources, and a job on the queue."""

import json

import pandas as pd
import pytest

import montecarlo as mc
from fleet.job_store import load_job
from fleet.progress import status
from montecarlo.experiments.portfolio import SURVIVORSHIP
from spotmc.cli import main

SMALL = ("--days", "60", "--iterations", "300", "--seed", "7", "--model", "normal")
HELD = ("--hold", "AAPL=50%", "--hold", "IBM=0.3")
LEFT_OPEN = ("--no-uncertainty",)
FILES = {"contributions.csv", "beating.csv", "correlations.csv", "stylized_facts.csv", "equity.csv", "summary.csv"}


@pytest.fixture
def portfolio(capsys, monkeypatch, tmp_path):
    """Run the command in this process: exit status, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main(["portfolio", *SMALL, *arguments])
        return exit_.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def closes(tmp_path):
    """A file with the closes of MSFT, and no word of their currency."""
    bars = mc.load_history("MSFT", "sample").bars
    bars[["close"]].to_csv(tmp_path / "closes.csv", index_label="Date")
    return "closes.csv"


def read(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_results_are_printed_as_a_person_reads_them(portfolio, tmp_path):
    code, output, errors = portfolio(*HELD, "--out", "new", "--rebalance", "band", "--band", "0.05")
    assert code == 0, errors
    assert all(len(line.rstrip()) <= 80 for line in output.splitlines())
    assert errors.count("(survivorship)") == 1
    words = " ".join(output.split())
    assert "AAPL 50 %, IBM 30 %, cash 20 %" in words
    assert "rebalanced where a weight is off by 5.0 % of the account" in words
    assert "300 paths of 60 days (252 a year), seed 7" in words
    places = [
        words.index(each)
        for each in (
            "return_median",
            "predictive",
            "What each symbol brings",
            "How often it ends above",
            "Daily returns of AAPL and IBM have a correlation of",
            "On this history the best weighting",
            "Written to new/",
        )
    ]
    assert places == sorted(places)
    summary = pd.read_csv(tmp_path / "new" / "summary.csv").set_index("statistic")["value"]
    parts = pd.read_csv(tmp_path / "new" / "contributions.csv").set_index("symbol")
    together = next(line.split() for line in output.splitlines() if line.split()[:1] == ["together"])
    assert parts["gain_mean"].sum() == pytest.approx(summary["return_mean"], rel=1e-6)
    assert together[1:3] == ["100", "%"]
    assert set(read(tmp_path / "new")) == FILES | {"job.json", "paths.csv", "uncertainty.csv"}


def test_json_has_the_tables_of_the_files(portfolio, tmp_path):
    code, output, errors = portfolio(*HELD, *LEFT_OPEN, "--out", "new", "--json")
    found = json.loads(output)
    assert code == 0, errors
    assert [each["symbol"] for each in found["contributions"]] == ["AAPL", "IBM", "cash"]
    assert [each["against"] for each in found["beating"]] == ["AAPL", "IBM", "equal weight", "never rebalanced"]
    assert found["holdings"][0] == {"symbol": "AAPL", "weight": 0.5, "strategy": {"name": "buy-and-hold"}}
    assert "uncertainty" not in found
    assert found["reserve"] == pytest.approx(0.2)
    summary = pd.read_csv(tmp_path / "new" / "summary.csv").set_index("statistic")["value"]
    assert found["summary"]["return_mean"]["value"] == summary["return_mean"]
    assert found["frontier"].startswith("On this history the best weighting")
    assert found["sentence"]
    assert found["warnings"].count(SURVIVORSHIP) == 1
    assert found["job_id"] == json.loads((tmp_path / "new" / "job.json").read_bytes())["id"]


def test_each_symbol_may_have_a_source_of_its_own(portfolio, closes, tmp_path):
    (tmp_path / "mine.csv").write_text(f"symbol;weight;prices;currency\nAAPL;0.5;;\nFOO;50%;{closes};EUR\n")
    options = ("--submit", "--preview", "--years", "5")
    code, output, errors = portfolio("--holdings", "mine.csv", *options)
    history = json.loads(output)["job"]["experiment"]["history"]
    assert (code, history["sources"], history["currencies"]) == (0, ["sample", "csv"], ["USD", "EUR"])
    assert "exchange rates stood still" in errors
    held = ("--hold", "AAPL=0.5", "--hold", "FOO=50%", "--prices-of", f"foo={closes}")
    code, output, errors = portfolio(*held, *options)
    assert json.loads(output)["job"]["experiment"]["history"]["currencies"] == ["USD", ""]
    assert "--currency-of FOO=USD says it" in errors
    code, again, errors = portfolio(*held, "--currency-of", "FOO=eur", *options)
    assert json.loads(again)["job"]["inputs"] == json.loads(output)["job"]["inputs"]
    assert json.loads(again)["job"]["experiment"]["history"]["currencies"] == ["USD", "EUR"]
    assert "--currency-of" not in errors


@pytest.mark.parametrize("held", [("EURUSD=X=40%", "GC=F=.6"), ("EURUSD=X", "GC=F")], ids=["weights", "none"])
def test_symbols_with_an_equals_sign_are_understood(portfolio, held):
    code, _, errors = portfolio("--hold", held[0], "--hold", held[1])
    assert code == 2
    assert "EURUSD=X: source 'sample' has" in errors
    assert "GC=F: source 'sample' has" in errors


@pytest.mark.thorough  # tests/worker has the same bytes, and the preview above what is sent
def test_a_portfolio_goes_through_the_queue_and_its_files_are_those_of_this_process(
    portfolio, start_worker, bucket, tmp_path, capsys
):
    def said(*arguments):
        with pytest.raises(SystemExit):
            main(arguments)
        return " ".join("".join(capsys.readouterr()).split())

    start_worker()
    bootstrap = ("--model", "bootstrap", *LEFT_OPEN)
    code, output, errors = portfolio(*HELD, *bootstrap, "--submit", "--wait")
    assert code == 0, errors
    job = load_job(bucket, output.split()[1])
    assert status(bucket, job.id).state == "complete"
    assert "Written to fetched/" in said("results", job.id, "--out", "fetched")
    code, here, _ = portfolio(*HELD, *bootstrap, "--out", "here", "--threads", "1")
    assert code == 0
    assert read(tmp_path / "here") == read(tmp_path / "fetched")
    assert "Written to all.html" in said("results", job.id, "--report", "all.html")
    assert b"never rebalanced" in (tmp_path / "all.html").read_bytes()
    # What other commands say of such a job.
    sentence = "In 300 futures like the past of AAPL and IBM, the portfolio loses money in"
    assert sentence in " ".join(here.split())
    assert sentence in said("status", job.id)
    assert f"{job.id} " in said("jobs", "--kind", "portfolio")
    assert "AAPL 50 %, IBM 30 %" in said("jobs", "--kind", "portfolio")
    assert f"{job.id} is a portfolio; only simulations can be compared" in said("compare", job.id, "another")
