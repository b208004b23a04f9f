"""A trained model comes as itself, or in what a training has left."""

from pathlib import Path

import pytest

from container.trained_file import trained_model_in
from montecarlo.errors import TrainedModelError
from tests.archives import damaged
from tests.sagemaker_server import packed


def test_it_is_found_in_an_archive_and_what_is_wrong_with_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "model.tar.gz"
    file.write_bytes(packed({"./summary.csv": b"a", "./model.json": b"{}"}))
    assert trained_model_in(file) == b"{}"
    file.write_bytes(packed({"summary.csv": b"a"}))
    with pytest.raises(TrainedModelError, match=r"has no model\.json"):
        trained_model_in(file)
    for content in (b"", b"text", damaged("model.json"), damaged("summary.csv")):
        file.write_bytes(content)
        with pytest.raises(TrainedModelError, match="cannot be read as an archive"):
            trained_model_in(file)
