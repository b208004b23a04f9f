"""What headers mean: the names that sites and programs give to the columns of a table of prices."""

import re
from typing import NamedTuple

from montecarlo.data.sources.csv_file.months import plain_letters

CURRENCIES = (
    "USD|EUR|GBP|GBX|CHF|JPY|INR|CAD|AUD|NZD|HKD|SGD|CNY|KRW|TWD|SEK|NOK|DKK|PLN|CZK|HUF|ILS|TRY|ZAR|BRL|MXN|THB|RUB"
)

# Names reduced to their letters, in lower case and without accents. Where a file has names of several ranks for one
# thing, the first of them is meant.
_ENGLISH = {
    "date": (
        "date dates tradedate tradingdate tradingday businessdate observationdate pricedate quotedate exchangedate",
        "datadate datetime",
        "timestamp time day unix unixtimestamp opentime period",
        "month quarter yearmonth yyyymm yearquarter",
        "year",
    ),
    "time": ("time",),
    "open": ("open openprice openingprice pxopen priceopen", "opening"),
    "high": ("high highprice pxhigh dayhigh pricehigh", "max maximum"),
    "low": ("low lowprice pxlow daylow pricelow", "min minimum"),
    "close": (
        "close closeprice closingprice closelast pxlast pxclose priceclose closeclosepriceadjustedforsplits",
        "",
        "last lastprice pricelast lastpx lasttrade price",
        "value settle settleprice settlement nav level",
    ),
    "adjusted_close": (
        "adjclose adjustedclose adjcloseprice adjustedcloseprice closeadj closeadjusted adjusted",
        "adjcloseadjustedclosepriceadjustedforsplitsanddividendandorcapitalgaindistributions",
    ),
    "volume": ("volume pxvolume totalvolume sharevolume shares", "vol tradingvolume quantity"),
}
_OTHERS = {
    "date": (
        "",
        "datum data fecha handelstag handelsdatum borsentag",
        "dia jour giorno tag zeit",
        "monat quartal mois mes mese",
        "jahr",
    ),
    "time": ("zeit uhrzeit heure hora ora",),
    "open": (
        "",
        "eroffnung eroffnungskurs eroeffnung eroffn erster anfang otwarcie ouverture ouv apertura abertura",
    ),
    "high": ("", "hoch hochst tageshoch hochstkurs hoechst najwyzszy haut plushaut maximo maxima massimo hoog"),
    "low": ("", "tief tiefst tagestief tiefstkurs najnizszy bas plusbas minimo minima laag"),
    "close": (
        "",
        "schluss schlusskurs schlusspreis zamkniecie cloture clot cierre chiusura fechamento slot slotkoers",
        "kurs letzter letzterkurs zuletzt dernier ultimo prezzo precio",
        "cours koers laatste cena wert",
    ),
    "volume": ("stucke stuecke stuck", "volumen wolumen umsatz obrot anzahl"),
}
_NOT_PRICES = """
change changepercent percentchange pctchange pctchg chg net netchange return returns dividend dividends stocksplits
splitratio splitcoefficient capitalgains exdividend dividendamount currency wahrung waehrung prevclose previousclose
prev prevcloseprice vortag vwap turnover trades openint openinterest index id row unnamed per adjopen adjhigh adjlow
adjvolume adjfactor notrades tradecount marketcap bid ask
"""
_OF_SYMBOLS = (
    "symbol ticker tic actsymbol tradingsymbol ric name stock isin wkn code instrument security company coin asset"
)
SYMBOLS_THEMSELVES = frozenset(("symbol", "ticker", "tic", "actsymbol", "tradingsymbol", "ric"))

# The rank of closes from which on a name says only that it is a price; beyond it, not even that.
LAST_PRICE = 2

# The rank of dates from which on they are months, quarters or years.
MONTHS_ALONE = 3

_KNOWN = {
    name: (role, rank)
    for language in (_OTHERS, _ENGLISH)
    for role, ranks in reversed(language.items())  # so that a time alone is a date
    for rank, names in enumerate(ranks)
    for name in names.split()
}
_NOT_ENGLISH = frozenset(name for ranks in _OTHERS.values() for names in ranks for name in names.split())
_PASSED_OVER = frozenset(_NOT_PRICES.split())
_NAMES_OF_SYMBOLS = frozenset(_OF_SYMBOLS.split())
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|<(?=\w)|(?<=\w)>")
_CURRENCY = re.compile(rf"(?:in)?(?:{CURRENCIES.casefold()})$")


class Meaning(NamedTuple):
    """What a header says.

    Attributes:
        role: A column of PriceHistory, ``date``, ``time``, ``symbol``, ``other`` (nothing of use), or ``""`` (unknown).
        rank: How plainly; 0 is the plainest.
    """

    role: str
    rank: int = 0


def meaning(header: str) -> Meaning:
    """What a header says by itself."""
    if "%" in header:
        return Meaning("other")
    letters = plain_letters(_BRACKETS.sub("", header))
    for name in (letters, _CURRENCY.sub("", letters)):
        if name in _KNOWN:
            return Meaning(*_KNOWN[name])
        if name in _PASSED_OVER:
            return Meaning("other")
        if name in _NAMES_OF_SYMBOLS:
            return Meaning("symbol")
    return Meaning("")


def is_english(header: str) -> bool:
    """Whether a header is none of another language's that we know."""
    return plain_letters(header) not in _NOT_ENGLISH


_FIELD = r"(?P<field>open|high|low|close|adjusted|adj\.? ?close|adjusted ?close|volume)"
_SYMBOL = r"(?P<symbol>[A-Z0-9^][A-Z0-9.^=&-]*)"
_WITH_SYMBOL = tuple(
    re.compile(form)
    for form in (
        rf"{_SYMBOL}[._ -](?i:{_FIELD})",  # as quantmod names them
        rf"(?i:{_FIELD})[._ -]{_SYMBOL}",
        rf"\('(?i:{_FIELD})', '{_SYMBOL}'\)",  # as pandas writes two lines of headers in one
        rf"\('{_SYMBOL}', '(?i:{_FIELD})'\)",
    )
)
_NO_SYMBOLS = frozenset(("PREV", "PREVIOUS", "PRE", "LAST", "ADJ", "BID", "ASK", "YDAY", "DAY"))


def with_symbol(header: str) -> tuple[str, str] | None:
    """The symbol and the name of a column in such a header as ``AAPL.Close``."""
    for form in _WITH_SYMBOL:
        match = form.fullmatch(header)
        if match and match["symbol"].rstrip(".") not in _NO_SYMBOLS:
            return match["symbol"], match["field"]
    return None
