"""A rule of a person's own, hosted: run in limited processes, which each process that serves starts for itself."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from container.errors import HostingError
from fleet.errors import SettingsError
from fleet.settings import ALLOW, OWN_RULES, own_rules_allowed
from montecarlo.data.bars import Bars
from montecarlo.errors import ParameterError, RuleError
from montecarlo.own_rules.process import RuleProcesses
from montecarlo.own_rules.rule_file import RuleFile
from montecarlo.parameters import Parameter
from montecarlo.strategies.own_rule import RULE_FILE, OwnRule, Settings
from montecarlo.strategies.strategy import FloatArray


def hosted_rule(described: OwnRule, folder: Path, environment: Mapping[str, str]) -> OwnRule:
    """The rule with its code at hand, after it was loaded once.

    Args:
        described: What the job says of it.
        folder: Of the artefacts, the text among them.
        environment: Says whether rules may be run.

    Raises:
        HostingError: they may not, it is another text, or it does not load.
    """
    try:
        allowed = own_rules_allowed(environment)
    except SettingsError as error:
        raise HostingError(str(error)) from error
    if not allowed:
        raise HostingError(
            f"{described.file} is a rule of a person's own, whose code runs only where that is allowed: set "
            f"{OWN_RULES}={ALLOW} in the environment of the model, if you know who wrote it"
        )
    try:
        file = RuleFile(described.file, (folder / RULE_FILE).read_bytes())
        if file.digest != described.digest:
            raise HostingError(f"{RULE_FILE} is another text than that of the job; take the artefacts as they are")
        with RuleProcesses(file) as code:
            loaded = OwnRule.of(code, described.settings, file=file.name, digest=file.digest)
            if loaded.to_dict() != described.to_dict():
                raise HostingError(f"{described.file} does not say of itself what the job says: run the job again")
            own = _Code(file, dict(code.parameters), code.takes_bars, code.signals)
    except (RuleError, ParameterError) as error:
        raise HostingError(f"{described.file} cannot be hosted: {error}") from error
    except OSError as error:
        raise HostingError(f"{RULE_FILE}, the text of {described.file}, cannot be had or run: {error}") from error
    return replace(described, code=own)


class _Code:
    """A RuleCode that can be taken along when a process forks; nobody asks for its processes before that."""

    def __init__(self, file: RuleFile, parameters: Mapping[str, Parameter], takes_bars: bool, signals: str) -> None:
        self._file = file
        self.parameters, self.takes_bars, self.signals = parameters, takes_bars, signals
        self._lock = threading.Lock()
        self._processes: RuleProcesses | None = None

    def targets(self, prices: FloatArray | Bars, settings: Settings) -> object:
        return self._started().targets(prices, settings)

    def first_decision(self, settings: Settings) -> object:
        return self._started().first_decision(settings)

    def _started(self) -> RuleProcesses:
        with self._lock:
            if self._processes is None:
                # They end when this process does: nothing answers them any more.
                self._processes = RuleProcesses(self._file).__enter__()
            return self._processes
