"""Trying one check after the other, and leaving nothing behind."""

from collections.abc import Callable, Sequence

from fleet.errors import FleetError
from rehearsal.check import Answer, Check, Verdict
from rehearsal.checks import FIRST, LAST
from rehearsal.cost import Prices
from rehearsal.report import Report, Result
from rehearsal.site import Site


class Rehearsal:
    """One run.

    Args:
        site: Where.
        prices: For what it costs.
        keep: Leave the stack as it is in the end.
        done: Called with the report as far as it has come, after each check.
    """

    def __init__(self, site: Site, prices: Prices, *, keep: bool, done: Callable[[Report], object]) -> None:
        self._site, self._prices, self._keep, self._done = site, prices, keep, done
        self._began = site.waiting.clock.now()
        self._results: list[Result] = []

    def run(self, checks: Sequence[Check]) -> Report:
        """Make the stack, try the checks of those between the first and the last, and delete the stack, come what may.

        Raises:
            KeyboardInterrupt: after the stack was deleted, or when a person interrupts that, too.
        """
        try:
            self._go_through(checks)
        except BaseException as error:
            self._site.waiting.say(f"Cut off ({type(error).__name__})")
            self._end()
            raise
        self._end()
        return self.report()

    def report(self) -> Report:
        """As far as it has come."""
        site = self._site
        return Report(
            site.name,
            site.account.caller.account,
            site.account.region,
            site.workers_on,
            self._began,
            tuple(self._results),
            self._left(),
        )

    def _go_through(self, checks: Sequence[Check]) -> None:
        if self._try(FIRST).verdict is not Verdict.FAILED:
            for check in checks:
                self._try(check)
            return
        for check in checks:
            self._note(check, Answer(Verdict.NOT_TRIED, ("The stack is not as it should be to begin with.",)))

    def _end(self) -> None:
        if not self._keep:
            self._try(LAST)
        if left := self._left():
            self._site.waiting.say(f"Still there: {left}")

    def _left(self) -> str:
        last = self._results[-1] if self._results else None
        if last and last.name == LAST.name and last.verdict is not Verdict.FAILED:
            return ""
        return (
            f"the stack {self._site.name}, which goes on to cost money; "
            f"`spotmc destroy --name {self._site.name} --region {self._site.account.region}` deletes it."
        )

    def _try(self, check: Check) -> Result:
        site, clock = self._site, self._site.waiting.clock
        began, hours = clock.now(), site.machine_hours
        site.waiting.say(f"{check.name}: {check.why}")

        def note(answer: Answer) -> Result:
            seconds = (clock.now() - began).total_seconds()
            fee = 0.0 if answer.verdict is Verdict.NOT_TRIED else check.fee
            return self._note(
                check, answer, seconds, self._prices.dollars(seconds / 3600, site.machine_hours - hours, fee)
            )

        try:
            return note(check.run(site))
        except FleetError as error:
            return note(Answer(Verdict.FAILED, (str(error), *self._troubles())))
        except BaseException as error:
            note(Answer(Verdict.FAILED, (f"It was cut off: {type(error).__name__}.",)))
            raise

    def _troubles(self) -> list[str]:
        """What else is known of the stack, for whoever has to find out why a check failed."""
        try:
            return [f"`spotmc stack` says: {trouble}" for trouble in self._site.operations.troubles()]
        except FleetError as error:
            return [f"`spotmc stack` cannot say more: {error}"]

    def _note(self, check: Check, answer: Answer, seconds: float = 0.0, dollars: float = 0.0) -> Result:
        result = Result(check.name, check.why, check.unknown, answer.verdict, answer.seen, seconds, dollars)
        self._results.append(result)
        self._site.waiting.say(f"{check.name}: {result.verdict}")
        for sentence in result.seen:
            self._site.waiting.say(f"  {sentence}")
        self._done(self.report())
        return result
