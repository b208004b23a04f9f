"""The data folder: what the web UI keeps across restarts, readable by its owner only."""

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from fleet.errors import SettingsError

VARIABLE = "SPOTMC_WEB_DATA"
DEFAULT = Path("~/.local/share/spotmc")


class DataFolder:
    """A folder holding ``secret-key`` and ``configuration.json``; made when missing.

    Raises:
        OSError: the folder or a file in it cannot be made or read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The folder that SPOTMC_WEB_DATA names, or the default one."""
        return cls(Path(environment.get(VARIABLE) or DEFAULT))

    def secret_key(self) -> str:
        """The key that signs sessions: drawn the first time, the same ever after."""
        file = self.path / "secret-key"
        if not file.exists():
            # Linked into place complete, so that of two processes that start together both use the first one's.
            draft = self._draft(secrets.token_hex(32))
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return file.read_text()

    @property
    def configuration_file(self) -> Path:
        return self.path / "configuration.json"

    def configuration(self) -> dict[str, str]:
        """Environment variables that a person has overridden on the Configuration page.

        Raises:
            SettingsError: the file was damaged.
        """
        if not self.configuration_file.exists():
            return {}
        try:
            overrides = json.loads(self.configuration_file.read_text())
            return {str(name): str(value) for name, value in overrides.items()}
        except (ValueError, AttributeError) as error:
            raise SettingsError(
                f"{self.configuration_file} cannot be read ({error}); save the configuration anew, or delete the file"
            ) from error

    def save_configuration(self, overrides: Mapping[str, str]) -> None:
        """Keep exactly these overrides."""
        self._draft(json.dumps(dict(overrides), indent=2)).replace(self.configuration_file)

    def _draft(self, content: str) -> Path:
        # mkstemp makes files that nobody else can read.
        descriptor, name = tempfile.mkstemp(dir=self.path, prefix=".draft-")
        with open(descriptor, "w") as draft:
            draft.write(content)
        return Path(name)
