"""CloudWatch's metric math, as far as our alarms use it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cloudformation.template import TemplateError

_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


class _MissingError(Exception):
    """A value is missing."""


@dataclass(frozen=True)
class Expression:
    """A number from numbers: comparisons, ``+ - *``, ``IF(condition, value, otherwise)`` and ``FILL(value, missing)``.

    Args:
        text: As the template has it; what we use of the language is Python's syntax as well.
        names: Our words for the ids in it.

    Raises:
        TemplateError: it uses anything else.
    """

    text: str
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self(dict.fromkeys(("waiting", "in_flight"), 0.0))

    def __call__(self, values: Mapping[str, float | None]) -> float | None:
        """Its value at ``values`` of "waiting" and "in_flight"; None where one that it needs is missing."""
        try:
            return float(self._value(_parsed(self.text), values))
        except _MissingError:
            return None
        except (KeyError, SyntaxError, TypeError) as error:
            raise TemplateError(f"the expression {self.text!r} is not understood") from error

    def _value(self, node: ast.expr, values: Mapping[str, float | None]) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name):
                value = values[self.names.get(name, name)]
                if value is None:
                    raise _MissingError
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, values)
            case ast.BinOp(left=left, op=arithmetic, right=right):
                return _ARITHMETIC[type(arithmetic)](self._value(left, values), self._value(right, values))
            case ast.Compare(left=left, ops=[comparison], comparators=[right]):
                return _COMPARISONS[type(comparison)](self._value(left, values), self._value(right, values))
            case ast.Call(func=ast.Name(id="IF"), args=[condition, value, otherwise], keywords=[]):
                return self._value(value if self._value(condition, values) else otherwise, values)
            case ast.Call(func=ast.Name(id="FILL"), args=[value, missing], keywords=[]):
                try:
                    return self._value(value, values)
                except _MissingError:
                    return self._value(missing, values)
        raise KeyError(ast.dump(node))


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
