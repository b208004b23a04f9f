"""Deleting a trader: all of it, nothing of others."""

from dataclasses import replace

from fleet.job import PRICES
from fleet.memory_bucket import MemoryBucket
from fleet.traders import accounts, keys, state
from fleet.traders.creation import create
from fleet.traders.deletion import delete
from tests.fleet.traders.test_creation import CONTENTS, SETTINGS


def test_all_of_a_trader_goes_and_its_symbol_is_free_and_others_and_prices_stay() -> None:
    bucket = MemoryBucket("memory")
    for name in ("demo", "demo-2"):
        create(bucket, replace(SETTINGS, name=name), CONTENTS)
        accounts.claim(bucket, trader=name, account=f"PA{name}", symbol="AAPL")
        bucket.put(keys.lease_key(name), b"a lease")
    bucket.put(keys.account_key("PA3", "AAPL"), b"damaged")
    kept = {entry.key for entry in bucket.list("") if "demo/" not in entry.key and "PAdemo/" not in entry.key}
    assert delete(bucket, "demo") == 3
    assert {entry.key for entry in bucket.list("")} == kept
    assert state.names(bucket) == ["demo-2"]
    assert any(key.startswith("prices/") and SETTINGS.job.inputs[PRICES] in key for key in kept)


def test_it_stays_a_trader_until_the_rest_of_it_is_gone() -> None:
    bucket, deleted = MemoryBucket("memory"), []
    create(bucket, SETTINGS, CONTENTS)
    bucket.put(keys.lease_key("demo"), b"a lease")

    class Watched(MemoryBucket):
        list = staticmethod(bucket.list)

        def delete(self, key: str) -> None:
            deleted.append(key)

    delete(Watched("memory"), "demo")
    assert deleted == [keys.lease_key("demo"), keys.trader_key("demo")]
