"""Names of the months, as programs write them in the languages whose headers are known, too."""

import unicodedata

_NAMES = {  # each language's twelve, shortest forms first; a longer form than these is taken by its beginning
    "English": "jan feb mar apr may jun jul aug sep oct nov dec",
    "English, whole": "january february march april may june july august september october november december",
    "English, odd": "- - - - - - - - sept - - -",
    "German": "jan feb marz apr mai jun jul aug sep okt nov dez",
    "German, whole": "januar februar marz april mai juni juli august september oktober november dezember",
    "German, odd": "janner - mrz - - - - - sept - - -",
    "German, spelled out": "jaen feber maerz - - - - - - - - -",
    "French": "jan fev mars avr mai juin juil aou sept oct nov dec",
    "French, whole": "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "French, odd": "janv fevr - - - - - - - - - -",
    "Spanish": "ene feb mar abr may jun jul ago sep oct nov dic",
    "Spanish, whole": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "Italian": "gen feb mar apr mag giu lug ago set ott nov dic",
    "Italian, whole": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Polish": "sty lut mar kwi maj cze lip sie wrz paz lis gru",
    "Portuguese": "jan fev mar abr mai jun jul ago set out nov dez",
    "Dutch": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}

# No two of these languages mean different months by one name.
MONTHS = {name: month for names in _NAMES.values() for month, name in enumerate(names.split(), 1) if name != "-"}


def month_of(name: str) -> int | None:
    """The month, from 1; None if there is none of that name."""
    return MONTHS.get(plain_letters(name))


def plain_letters(text: str) -> str:
    """Its letters alone, in lower case and without accents."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", text))).casefold()
