"""On the path of a process, this makes it one in whose environment nothing that trains is installed."""

import sys
from importlib.abc import MetaPathFinder

MISSING = ("sklearn", "lightgbm")


class _Missing(MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


sys.meta_path.insert(0, _Missing())
