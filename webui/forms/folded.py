"""What is set under the headings of the form that are folded: a few words for each where it is not as usual."""

from collections.abc import Sequence
from dataclasses import dataclass

from webui.forms import portfolio_fields, snapshots
from webui.forms.fields import Field
from webui.forms.form import JobForm
from webui.forms.job_fields import EXITS, INTRABAR, MODEL, MORE, PRICES, RULES, SOURCE
from webui.forms.portfolio import PortfolioForm


@dataclass(frozen=True)
class Heading:
    """A heading of the form.

    Attributes:
        name: For scripts.
        text: For people.
        chosen: The field in which one of several is chosen, if there is one.
        fields: Those below it, but for the ones that a choice brings along.
    """

    name: str
    text: str
    chosen: Field | None
    fields: Sequence[Field]

    def all_fields(self, form: JobForm | PortfolioForm) -> list[Field]:
        """All below it, as the form is filled in."""
        model = form.models.get(form.typed[MODEL.name])
        own = model.fields.values() if self.chosen and self.chosen.name == MODEL.name and model else ()
        return [*([self.chosen] if self.chosen else ()), *own, *self.fields]

    def is_open(self, form: JobForm | PortfolioForm) -> bool:
        """Whether something below it has a problem."""
        return any(each.name in form.problems for each in self.all_fields(form))

    def words(self, form: JobForm | PortfolioForm) -> str:
        """What is not as usual below it; empty where everything is."""
        said = [_said(each, form.typed[each.name]) for each in self.all_fields(form) if _differs(each, form)]
        if self.chosen is SOURCE and form.typed.get(snapshots.FIELD):
            said = ["kept prices", *said[1:]] if _differs(SOURCE, form) else ["kept prices", *said]
        return ", ".join(said)


EXITS_NAME, MONEY_NAME = "exits", "money"

HEADINGS = (
    Heading(EXITS_NAME, "Stops and targets", None, (*EXITS, INTRABAR)),
    Heading("prices", "Prices", SOURCE, PRICES),
    Heading("model", "Model", MODEL, ()),
    Heading(MONEY_NAME, "Money and costs", None, tuple(each for each in RULES if each is not INTRABAR)),
    Heading("more", "Warm-up, seed, precision and rows", None, MORE),
)


OF_PORTFOLIOS = (
    Heading("prices", "Days of the prices", None, PRICES),
    Heading("model", "Model", portfolio_fields.MODEL, ()),
    Heading(MONEY_NAME, "Money and costs", None, portfolio_fields.MONEY),
    Heading("more", "Warm-up, seed, ranges and rows", None, portfolio_fields.MORE),
)


def words(form: JobForm | PortfolioForm) -> dict[str, str]:
    """By name of the heading."""
    headings = OF_PORTFOLIOS if isinstance(form, PortfolioForm) else HEADINGS
    return {heading.name: heading.words(form) for heading in headings}


def _differs(field: Field, form: JobForm | PortfolioForm) -> bool:
    usual = "sample" if field is SOURCE else field.usual
    return form.typed[field.name].strip() != usual


def _said(field: Field, text: str) -> str:
    """A few words: the choice itself, or the label with what is typed."""
    if field.name in (SOURCE.name, MODEL.name):
        return text or "nothing chosen"
    label = field.parameter.label
    label = label[:1].lower() + label[1:]
    if field.switch:
        return label if text == "true" else f"no {label}"
    shown = field.choices.get(text, text) or "none"
    return f"{label} {shown[:40]}"
