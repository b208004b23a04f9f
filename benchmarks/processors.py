"""``python -m benchmarks.processors [TARGET ...]``: the same rows from machine code for different processors.

Each target compiles the engine afresh in a process of its own and simulates every model.  Exits with 1 where the bytes
of the rows differ between targets, or where the compiler made a fused multiply-add, which rounds once instead of twice.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from llvmlite import binding
from numba.core.dispatcher import Dispatcher

from benchmarks.markdown import table

# Name of an LLVM processor, and an instruction set that it needs and this machine may lack.
TARGETS = {
    "host": None,  # what the engine chooses here
    "generic": None,  # x86-64 as it began: 128 bits, no fused multiply-add
    "nehalem": "sse4.2",  # x86-64-v2
    "haswell": "avx2",  # x86-64-v3: 256 bits, fused multiply-add
    "znver2": "avx2",
    "skylake-avx512": "avx512f",  # x86-64-v4
    "znver4": "avx512vbmi",
}


@dataclass(frozen=True)
class Outcome:
    """Of one target: how wide its widest vectors are, and the digest of each model's rows; or why it was skipped."""

    target: str
    bits: int = 0
    fused: int = 0
    digests: tuple[tuple[str, str], ...] = ()
    skipped: str = ""


def outcome(target: str) -> Outcome:
    """Compile for a target and simulate."""
    needed = TARGETS[target]
    if needed and not binding.get_host_cpu_features().get(needed):
        return Outcome(target, skipped=f"this processor has no {needed}")
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        if target != "host":
            environment |= {"NUMBA_CPU_NAME": target, "NUMBA_CPU_FEATURES": ""}
        command = [sys.executable, "-c", "from benchmarks.processors import simulate_and_tell as tell; tell()"]
        answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(answer.stdout)
    return Outcome(target, told["bits"], told["fused"], tuple(told["digests"].items()))


def simulate_and_tell() -> None:
    """In a process of its own: simulate every model, its bars and several symbols; look at the code that did it."""
    import numpy as np

    from benchmarks.portfolio_jobs import TRADED, WAYS, portfolio
    from benchmarks.recommended import MODELS, WITH_BARS, bracket, joint_models, simulation
    from montecarlo.accounting import rows
    from montecarlo.engine.lanes import LANES
    from montecarlo.experiments.paths import draw_bars, simulate_rows
    from montecarlo.experiments.portfolio_paths import simulate_portfolio_paths
    from montecarlo.experiments.price_paths import joint_closes

    jobs = {name: simulation(name, days=300) for name in MODELS}
    jobs |= {f"{name}, stops and targets": bracket(name, days=300) for name in WITH_BARS}
    digests = {name: hashlib.sha256(rows.to_csv(simulate_rows(job, 0, 40))).hexdigest() for name, job in jobs.items()}
    for name in WITH_BARS:
        bars = draw_bars(bracket(name).model, 7, 0, 40, 300)
        digests[f"{name}, bars"] = hashlib.sha256(np.stack(bars).tobytes()).hexdigest()
    for name, model in joint_models().items():
        closes = [
            joint_closes(model, 7, 0, 40, 300),
            joint_closes(model, 7, 0, 4 * LANES, 60, drawn=model.redrawn(7, 0, 4)),
        ]
        digests[f"joint {name}"] = hashlib.sha256(b"".join(each.tobytes() for each in closes)).hexdigest()
    for way in (*WAYS, TRADED):
        found, *others = simulate_portfolio_paths(portfolio("normal", 3, way), 0, 40)
        every = rows.to_csv(found) + b"".join(each.tobytes() for each in others)
        digests[f"portfolio, {way}"] = hashlib.sha256(every).hexdigest()
    code = "\n".join(_machine_code())
    bits = next(bits for register, bits in (("%zmm", 512), ("%ymm", 256), ("%xmm", 128)) if register in code)
    print(json.dumps({"bits": bits, "fused": code.count("vfmadd") + code.count("vfmsub"), "digests": digests}))


def _machine_code() -> Iterator[str]:
    for name, module in list(sys.modules.items()):
        if name.startswith("montecarlo."):
            for stage in vars(module).values():
                if isinstance(stage, Dispatcher):
                    yield from stage.inspect_asm().values()


def as_table(outcomes: list[Outcome]) -> str:
    """One row for each target; a digest stands for the bytes of a model's rows."""
    models = next([name for name, _ in each.digests] for each in outcomes if each.digests)
    rows = [
        (each.target, f"skipped: {each.skipped}", "", *[""] * len(models))
        if each.skipped
        else (each.target, f"{each.bits}", f"{each.fused}", *(digest[:12] for _, digest in each.digests))
        for each in outcomes
    ]
    return table(("target", "bits of a vector", "fused operations", *models), rows)


def agree(outcomes: list[Outcome]) -> bool:
    """Whether all targets that ran gave the same bytes with separately rounded operations."""
    ran = [each for each in outcomes if not each.skipped]
    return len({each.digests for each in ran}) == 1 and not any(each.fused for each in ran)


def main(targets: list[str]) -> int:
    unknown = [target for target in targets if target not in TARGETS]
    if unknown:
        print(f"benchmarks.processors: no target {', '.join(unknown)}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    outcomes = [outcome(target) for target in targets or TARGETS]
    print(as_table(outcomes))
    return 0 if agree(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
