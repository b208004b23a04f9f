"""What a training job is given is one file for each channel, on one machine; whatever is not says what to do."""

import json

import pytest

from container.inputs import channels, file_of, hyperparameters, require_one_host
from container.opt_ml import OptMl
from montecarlo.errors import ParameterError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "input" / "config").mkdir(parents=True)
    (tmp_path / "input" / "data" / "prices").mkdir(parents=True)
    return OptMl(tmp_path)


def configure(folder, name, values):
    (folder.config / f"{name}.json").write_text(values if isinstance(values, str) else json.dumps(values))


def test_a_channel_is_known_by_its_folder_or_by_its_configuration(folder):
    assert channels(folder) == {"prices": folder.data / "prices"}
    configure(folder, "inputdataconfig", {"model": {"TrainingInputMode": "FastFile"}})
    assert channels(folder).keys() == {"model", "prices"}


def test_a_pipe_is_refused_since_it_gives_no_file(folder):
    configure(folder, "inputdataconfig", {"prices": {"TrainingInputMode": "Pipe"}})
    with pytest.raises(ParameterError, match="channel prices has the input mode Pipe"):
        channels(folder)


def test_a_channel_has_one_file_wherever_it_lies_and_hidden_ones_do_not_count(folder):
    prices = folder.data / "prices"
    with pytest.raises(ParameterError, match="channel prices has no file"):
        file_of(prices)
    (prices / ".DS_Store").write_bytes(b"")
    (prices / "daily").mkdir()
    (prices / "daily" / "AAPL.csv").write_bytes(b"date,close\n")
    assert file_of(prices) == prices / "daily" / "AAPL.csv"
    (prices / "MSFT.csv").write_bytes(b"date,close\n")
    with pytest.raises(ParameterError, match=r"has 2 files, MSFT\.csv, daily/AAPL\.csv, and needs exactly one"):
        file_of(prices)


def test_what_is_no_object_of_json_is_told_by_the_name_of_its_file(folder):
    assert hyperparameters(folder) == {}
    for content in ("{", "[]", '"work"'):
        configure(folder, "hyperparameters", content)
        with pytest.raises(ParameterError, match=r"hyperparameters\.json"):
            hyperparameters(folder)


def test_more_machines_than_one_are_refused(folder):
    configure(folder, "resourceconfig", {"hosts": ["algo-1"]})
    require_one_host(folder)
    configure(folder, "resourceconfig", {"hosts": ["algo-1", "algo-2"]})
    with pytest.raises(ParameterError, match="must be one machine, not 2"):
        require_one_host(folder)
