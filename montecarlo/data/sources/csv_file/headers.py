"""What headers mean: the names that sites and programs give to the columns of a table of prices."""

import re
from typing import NamedTuple

from montecarlo.data.sources.csv_file.months import plain_letters

# Names reduced to their letters, in lower case and without accents. Where a file has names of several ranks for one
# thing, the first of them is meant.
_NAMES = {
    "date": (
        # English, then German, Polish and Italian, Spanish, and those of databases
        "date dates tradedate tradingdate tradingday businessdate observationdate pricedate quotedate exchangedate",
        "datum data fecha datadate handelstag handelsdatum borsentag datetime",
        "timestamp time day unix unixtimestamp opentime period dia jour giorno tag zeit",
    ),
    "time": ("time zeit uhrzeit heure hora ora",),
    "open": (
        "open openprice openingprice pxopen priceopen",
        "eroffnung eroffnungskurs eroeffnung eroffn erster anfang otwarcie ouverture ouv apertura abertura opening",
    ),
    "high": (
        "high highprice pxhigh dayhigh pricehigh",
        "hoch hochst tageshoch hochstkurs hoechst najwyzszy haut plushaut maximo maxima maximum massimo max hoog",
    ),
    "low": (
        "low lowprice pxlow daylow pricelow",
        "tief tiefst tagestief tiefstkurs najnizszy bas plusbas minimo minima minimum min laag",
    ),
    "close": (
        "close closeprice closingprice closelast pxlast pxclose priceclose",
        "closeclosepriceadjustedforsplits",
        "schluss schlusskurs schlusspreis zamkniecie cloture cierre chiusura fechamento slot slotkoers",
        "last lastprice pricelast lastpx lasttrade price kurs letzter letzterkurs zuletzt dernier ultimo prezzo precio",
        "cours koers laatste cena value wert settle settleprice settlement nav level",
    ),
    "adjusted_close": (
        "adjclose adjustedclose adjcloseprice adjustedcloseprice closeadj closeadjusted adjusted",
        "adjcloseadjustedclosepriceadjustedforsplitsanddividendandorcapitalgaindistributions",
    ),
    "volume": (
        "volume pxvolume stucke stuecke stuck totalvolume sharevolume shares",
        "vol volumen wolumen tradingvolume umsatz obrot quantity anzahl",
    ),
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

# The ranks of closes from which on a name says only that it is a price.
LAST_PRICE = 3

_KNOWN = {
    name: (role, rank)
    for role, ranks in reversed(_NAMES.items())  # so that a time alone is a date
    for rank, names in enumerate(ranks)
    for name in names.split()
}
_PASSED_OVER = frozenset(_NOT_PRICES.split())
_NAMES_OF_SYMBOLS = frozenset(_OF_SYMBOLS.split())
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|<(?=\w)|(?<=\w)>")
_CURRENCY = re.compile(r"(?:in)?(?:usd|eur|gbp|chf|jpy|inr|cad|aud|hkd|sek|pln)$")


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
