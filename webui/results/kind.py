"""What a kind of experiment brings along to have its jobs shown: one value, in a file beside this one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fleet.bucket import Bucket
from fleet.job import Job
from montecarlo.errors import ParameterError
from montecarlo.parameters import shown

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Figure:
    """A number that tells jobs apart at a glance: what it is called, in a word or two, and as a person reads it."""

    name: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart of a complete job.

    Attributes:
        heading: Over it.
        draw: From the bucket, the job and what was ``chosen``.  Raises NotCompleteError for a job that is not complete
            or has no such chart.
        short_title: Of its horizontal axis, on a phone.
        without: What says the same where no script runs; "" where nothing does.
        wanted: Whether a job has it.
        note: What there is to say below its heading, of a job.
        wide: Whether it takes the whole width of a page.
        choices: What a person can choose of it: by the name of each choice, its words in addresses with what they are
            called, the usual one first.
    """

    heading: str
    draw: Callable[..., "go.Figure"]
    short_title: str
    without: str = ""
    wanted: Callable[[Job], bool] = lambda job: True
    note: Callable[[Job], str] = lambda job: ""
    wide: bool = False
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def chosen(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What an address asks for, among other things.

        Raises:
            ParameterError: a choice that there is not.
        """
        found = {name: asked[name] for name in self.choices if name in asked}
        for name, word in found.items():
            if word not in self.choices[name]:
                raise ParameterError({name: f"must be one of {', '.join(self.choices[name])}, not {shown(word)}"})
        return found


@dataclass(frozen=True)
class Kind:
    """How jobs of a kind are shown.

    Attributes:
        template: The part of the page, and of a report, that has its tables; below the charts.
        read: The ``results`` that the template finds, of a complete job; among them ``sentence``, and ``headline``, a
            list of ``webui.results.summary.Line``, which stand above the charts.
        charts: By the name that they have in addresses, in the order in which a person looks at them.
        sentence: What came of a complete job, as a person repeats it.
        figures: The few that stand in lists and comparisons, four at most, from the content of summary.csv alone.
            Raises ValueError where it is none.
        repeated: The texts in a form that make the job again; None where no form makes such jobs.
        form: The endpoint of that form.
        repeat: What leads there, in a few words.
        so_far: Of a running job, from the job, what its partial results add up to, and of how many units: ``lines`` as
            in ``headline``, and ``charts``, figures by name.  None for a kind that has nothing to say before its end.
        alone: Of a kind that is made of many simulations: the job that simulates one of them, from the job and what an
            address says of it.  Raises ParameterError where there is none such.
        compared: Whether the page Compare takes its jobs.
    """

    template: str
    read: Callable[[Bucket, Job], Mapping[str, Any]]
    charts: Mapping[str, Chart]
    sentence: Callable[[Bucket, Job], str]
    figures: Callable[[bytes], list[Figure]]
    repeated: Callable[[Job], Mapping[str, str]] | None = None
    form: str = "new_simulation.show"
    repeat: str = "Change and repeat"
    so_far: Callable[[Job, Any, int], Mapping[str, Any]] | None = None
    alone: Callable[[Job, Mapping[str, str]], Job] | None = None
    compared: bool = False
