"""Archives that are not as they should be."""

import io
import tarfile
import zlib


def damaged(name: str) -> bytes:
    """One that begins well, and has something else than packed data in the middle of its file."""
    into = io.BytesIO()
    member = tarfile.TarInfo(name)
    member.size = 1 << 20
    with tarfile.open(fileobj=into, mode="w") as plain:
        plain.addfile(member, io.BytesIO(bytes(member.size)))
    packing = zlib.compressobj(wbits=31)
    return packing.compress(into.getvalue()[: 1 << 19]) + packing.flush(zlib.Z_FULL_FLUSH) + 100 * b"\xff"
