"""What a training job is given: hyperparameters, the machines that it has, and the files of its channels."""

import json
from pathlib import Path
from typing import Any

from container.opt_ml import OptMl
from montecarlo.errors import ParameterError


def hyperparameters(folder: OptMl) -> dict[str, Any]:
    """As they stand there, each by its name; none where the file is missing.

    Raises:
        ParameterError: the file cannot be understood.
    """
    return _config(folder, "hyperparameters")


def require_one_host(folder: OptMl) -> None:
    """
    Raises:
        ParameterError: several machines have been started for one job, and all but one would do nothing.
    """
    hosts = _config(folder, "resourceconfig").get("hosts", [])
    if isinstance(hosts, list) and len(hosts) > 1:
        message = (
            f"must be one machine, not {len(hosts)}, for one does all of the work: set InstanceCount to 1, and take a "
            "machine with more cores; many share the work of a job that `spotmc submit` sends to the fleet"
        )
        raise ParameterError({"hosts": message})


def channels(folder: OptMl) -> dict[str, Path]:
    """The folder of each channel, by its name.

    Raises:
        ParameterError: a channel is no folder of files, or the file that names them cannot be understood.
    """
    told = _config(folder, "inputdataconfig")
    modes = {name: each.get("TrainingInputMode") for name, each in told.items() if isinstance(each, dict)}
    if piped := [name for name, mode in modes.items() if mode == "Pipe"]:
        message = "has the input mode Pipe, which gives no file: set File or FastFile"
        raise ParameterError({f"channel {name}": message for name in piped})
    there = [path.name for path in sorted(folder.data.iterdir()) if path.is_dir()] if folder.data.is_dir() else []
    return {name: folder.data / name for name in dict.fromkeys((*told, *there))}


def file_of(channel: Path) -> Path:
    """The one file of a channel.

    Raises:
        ParameterError: it has none, or several.
    """
    files = [path for path in sorted(channel.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if len(files) == 1:
        return files[0]
    named = ", ".join(str(path.relative_to(channel)) for path in files[:5]) + (", …" if len(files) > 5 else "")
    has = f"has {len(files)} files, {named}" if files else "has no file"
    raise ParameterError({f"channel {channel.name}": f"{has}, and needs exactly one"})


def _config(folder: OptMl, name: str) -> dict[str, Any]:
    path = folder.config / f"{name}.json"
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ParameterError({path.name: f"is no JSON: {error}"}) from error
    if not isinstance(values, dict):
        raise ParameterError({path.name: f"must be a JSON object, not {type(values).__name__}"})
    return values
