"""Two traders never trade one symbol in one account."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet.errors import UnreadableObjectError
from fleet.memory_bucket import MemoryBucket
from fleet.traders import keys
from fleet.traders.accounts import AccountTakenError, claim


def test_a_symbol_in_an_account_belongs_to_the_first_that_takes_it() -> None:
    bucket = MemoryBucket()
    for _ in range(2):
        claim(bucket, trader="first", account="PA3", symbol="AAPL")
    with pytest.raises(AccountTakenError, match="the trader first trades AAPL in the account PA3") as told:
        claim(bucket, trader="second", account="PA3", symbol="AAPL")
    assert str(told.value).endswith("`spotmc trader delete first`")
    claim(bucket, trader="second", account="PA4", symbol="AAPL")
    claim(bucket, trader="second", account="PA3", symbol="MSFT")


def test_accounts_whose_names_are_written_alike_are_not_shared_either() -> None:
    bucket = MemoryBucket()
    claim(bucket, trader="first", account="PA/3", symbol="AAPL")
    with pytest.raises(AccountTakenError):
        claim(bucket, trader="first", account="PA?3", symbol="AAPL")


def test_of_many_at_once_one_gets_it() -> None:
    for number in range(100):
        bucket = MemoryBucket()

        def gets(trader: str, bucket: MemoryBucket = bucket) -> bool:
            try:
                claim(bucket, trader=trader, account="PA3", symbol="AAPL")
            except AccountTakenError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(gets, [f"{number}-{each}" for each in range(4)])).count(True) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"first"])
def test_a_damaged_one_is_nobodys_and_nobody_takes_it(content: bytes) -> None:
    bucket = MemoryBucket()
    bucket.put(keys.account_key("PA3", "AAPL"), content)
    with pytest.raises(UnreadableObjectError, match="delete it once no trader trades that symbol in that account"):
        claim(bucket, trader="first", account="PA3", symbol="AAPL")
