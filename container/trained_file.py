"""The trained model in a channel, or in what a training job has left."""

import os
import tarfile
import zlib
from pathlib import Path

from montecarlo.errors import TrainedModelError
from montecarlo.strategies.ml_forecast import MODEL_FILE
from montecarlo.trained.model import LARGEST


def trained_model_in(file: Path) -> bytes:
    """The JSON of a trained model: the file itself, or MODEL_FILE in what a training has left as model.tar.gz.

    Raises:
        TrainedModelError: the archive has none, or cannot be read.
        OSError: the file cannot be read.
    """
    if not file.name.endswith((".tar.gz", ".tgz")):
        return file.read_bytes()
    try:
        with tarfile.open(file) as archive:
            for member in archive:
                if member.isfile() and os.path.normpath(member.name) == MODEL_FILE:
                    content = archive.extractfile(member)
                    return content.read(LARGEST + 1) if content else b""
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise TrainedModelError(f"cannot be read as an archive: {error}") from error
    raise TrainedModelError(f"has no {MODEL_FILE}: take what a job with work=train has left")
