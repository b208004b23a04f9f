"""CloudWatch's metric math, as far as our alarms use it, for one minute or period.

Arithmetic, and comparisons of two series, take a missing value for 0 where the other one is there (whether also where a
metric has had no value at all, AWS does not say):
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cloudformation.template import TemplateError

Values = Mapping[str, float | None]

_OPERATIONS: dict[type[ast.cmpop | ast.operator], Callable[[float, float], float]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


class _Term(NamedTuple):
    """Part of an expression."""

    of: Callable[[Values], float | None]
    is_series: bool  # or a number, which makes no point in time


@dataclass(frozen=True)
class Expression:
    """A number from numbers: comparisons, ``+ - *`` and ``IF(condition, value, otherwise)``.

    Args:
        text: As the template has it; what we use of the language is Python's syntax as well.
        names: Our words for the ids in it.

    Raises:
        TemplateError: it uses anything else.
    """

    text: str
    names: Mapping[str, str] = field(default_factory=dict)
    _term: _Term = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            term = self._read(ast.parse(self.text, mode="eval").body)
        except (KeyError, SyntaxError) as error:
            raise TemplateError(f"the expression {self.text!r} is not understood") from error
        object.__setattr__(self, "_term", term)

    @property
    def words(self) -> frozenset[str]:
        """Our words for the metrics in it."""
        return frozenset(self.names.values())

    def __call__(self, values: Values) -> float | None:
        """Its value at ``values`` by our words, of which any may be missing; None where that leaves it without one."""
        return self._term.of(values)

    def _read(self, node: ast.expr) -> _Term:
        match node:
            case ast.Constant(value=int() | float() as number):
                return _Term(lambda _: number, is_series=False)
            case ast.Name(id=name):
                word = self.names[name]
                return _Term(lambda values: values.get(word), is_series=True)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _both(operator.sub, _Term(lambda _: 0, is_series=False), self._read(operand))
            case ast.BinOp(left=left, op=arithmetic, right=right):
                return _both(_OPERATIONS[type(arithmetic)], self._read(left), self._read(right))
            case ast.Compare(left=left, ops=[comparison], comparators=[right]):
                return _both(_OPERATIONS[type(comparison)], self._read(left), self._read(right))
            case ast.Call(func=ast.Name(id="IF"), args=[condition, value, otherwise], keywords=[]):
                return _either(self._read(condition), self._read(value), self._read(otherwise))
        raise KeyError(ast.dump(node))


def _both(operation: Callable[[float, float], float], left: _Term, right: _Term) -> _Term:
    def of(values: Values) -> float | None:
        first, second = left.of(values), right.of(values)
        if (first is None or not left.is_series) and (second is None or not right.is_series) and is_series:
            return None
        return operation(first or 0, second or 0)

    is_series = left.is_series or right.is_series
    return _Term(of, is_series)


def _either(condition: _Term, value: _Term, otherwise: _Term) -> _Term:
    def of(values: Values) -> float | None:
        holds = condition.of(values)
        return None if holds is None else value.of(values) if holds else otherwise.of(values)

    return _Term(of, condition.is_series or value.is_series or otherwise.is_series)
