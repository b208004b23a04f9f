"""What a rule imports, and whether a worker has it."""

import ast
import sys

from montecarlo.errors import RuleError
from montecarlo.own_rules.rule_file import RuleFile

CARRIED = ("montecarlo", "numba", "numpy", "pandas", "pyarrow")
"""What every worker has for rules, beside Python's standard library; docs/own-rules.md says so, too."""


def require_carried(rule: RuleFile) -> None:
    """Where it is to go to workers; here it may import whatever is installed.

    Raises:
        RuleError: it imports what they do not have, or cannot be read.
    """
    try:
        tree = ast.parse(rule.source, rule.name)
    except (RecursionError, MemoryError) as error:
        raise RuleError(f"{rule.name} cannot be read as Python: an expression in it is too long") from error
    except (SyntaxError, ValueError) as error:
        raise RuleError(f"{rule.name} cannot be read as Python: {error}") from error
    for statement in ast.walk(tree):
        for module in _modules(statement):
            if module.partition(".")[0] not in (*CARRIED, *sys.stdlib_module_names):
                line = getattr(statement, "lineno", 0)
                raise RuleError(
                    f"{rule.name}, line {line}: workers do not have {module}; a rule on them can import "
                    f"{', '.join(CARRIED)} and Python's own modules"
                )


def _modules(statement: ast.AST) -> list[str]:
    if isinstance(statement, ast.Import):
        return [each.name for each in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return ["." * statement.level + (statement.module or "")]
    return []
