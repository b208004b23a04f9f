"""What currencies the prices of several symbols are in, and what is to be said where they are not the same."""

import re
from collections.abc import Iterator, Mapping, Sequence

from montecarlo.errors import ParameterError
from montecarlo.parameters import shown
from montecarlo.wording import listed

_CURRENCY = re.compile(r"[A-Z]{3,5}")


def read_currency(text: str) -> str:
    """A currency such as USD, in capitals; "" where nobody says so.

    Raises:
        ValueError: it is none; why, as the end of a sentence.
    """
    currency = text.strip().upper()
    if currency and not _CURRENCY.fullmatch(currency):
        raise ValueError(f"must be three to five letters, such as USD or EUR, not {shown(text)}")
    return currency


def checked_currencies(currencies: Mapping[str, str], symbols: Sequence[str]) -> dict[str, str]:
    """What a person says, in capitals.

    Raises:
        ParameterError: a currency or a symbol is none.
    """
    if unknown := [symbol for symbol in currencies if symbol not in symbols]:
        message = f"must be of the symbols {', '.join(symbols)}, not of {shown(unknown[0])}"
        raise ParameterError({"currencies": message})
    found = {}
    for symbol, currency in currencies.items():
        try:
            found[symbol] = read_currency(str(currency))
        except ValueError as error:
            raise ParameterError({"currencies": f"{error} for {symbol}"}) from None
    return found


def doubts_about_currencies(symbols: Sequence[str], currencies: Sequence[str]) -> Iterator[str]:
    """In a sentence for each, where several symbols are held together."""
    if len(symbols) == 1:
        return
    known = list(dict.fromkeys(currency for currency in currencies if currency))
    if len(known) > 1:
        of = {each: [symbol for symbol, one in zip(symbols, currencies, strict=True) if one == each] for each in known}
        each = "; ".join(f"{listed(names)} in {currency}" for currency, names in of.items())
        yield (
            f"prices are in different currencies ({each}), and their returns are added up as if exchange rates stood "
            "still: whoever holds them in one currency gains and loses by the rates, too"
        )
    unknown = [symbol for symbol, currency in zip(symbols, currencies, strict=True) if not currency]
    if unknown:
        yield (
            f"nobody has said what currency {listed(unknown)} {'is' if len(unknown) == 1 else 'are'} in: returns of "
            "different currencies would be added up as if exchange rates stood still"
        )
