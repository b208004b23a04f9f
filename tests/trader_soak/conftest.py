from collections.abc import Iterator

import pytest

from tests.trader_soak.models import read_models_once


@pytest.fixture(scope="session", autouse=True)
def models_are_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_models_once(patch)
        yield
