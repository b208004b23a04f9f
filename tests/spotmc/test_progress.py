"""What happens while a person waits."""

import subprocess
import sys


def test_loading_the_engine_leaves_out_what_no_stage_uses_and_others_may_still_import_it():
    code = (
        "import sys\n"
        "from spotmc.progress import load_engine\n"
        "load_engine()\n"
        "print([name for name in ('scipy.linalg', 'cffi') if name in sys.modules])\n"
        "import cffi, scipy.linalg.cython_blas\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
