import pytest

from worker.outcomes import ATTEMPTS, FOREIGN_ATTEMPTS, Poison, poison_of


@pytest.mark.parametrize(
    ("poison", "failures", "hopeless"),
    [
        (Poison("no such job"), 1, True),
        (poison_of(ValueError("odd")), ATTEMPTS - 1, False),
        (poison_of(ValueError("odd")), ATTEMPTS, True),
        (poison_of(ValueError("odd")), ATTEMPTS + 5, True),
        (Poison("needs another engine", FOREIGN_ATTEMPTS), ATTEMPTS, False),
        (Poison("needs another engine", FOREIGN_ATTEMPTS), FOREIGN_ATTEMPTS, True),
    ],
)
def test_a_message_is_given_up_when_trying_again_cannot_help(poison: Poison, failures: int, hopeless: bool) -> None:
    assert poison.is_hopeless(failures) is hopeless


def test_what_a_simulation_raises_is_told_with_its_kind() -> None:
    assert str(poison_of(MemoryError("no room for 60 MB"))) == "MemoryError: no room for 60 MB"
    poison = Poison("no such job")
    assert poison_of(poison) is poison
