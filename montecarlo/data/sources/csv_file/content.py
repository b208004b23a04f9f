"""The text of a file: unpacked, recognised by its first bytes, and decoded."""

import gzip
import io
import os
import re
import zipfile
import zlib
from typing import BinaryIO, NamedTuple, TextIO

from montecarlo.errors import HistoryError

MAX_SIZE = 5_000_000  # bytes or characters, unpacked; a century of daily bars takes about 2 million

SAVE_AS_CSV = "open it in the program that wrote it and save it as CSV (in Excel: File, Save As, CSV UTF-8)"

_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
_UNPACK = "unpack it, and give the CSV file that is in it"
_KINDS = (  # first bytes, what it is, what helps
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (xls)", SAVE_AS_CSV),
    (b"PAR1", "a Parquet file", "save it as CSV (in pandas: read_parquet, then to_csv)"),
    (b"ARROW1", "a Feather file", "save it as CSV (in pandas: read_feather, then to_csv)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "save it as CSV (in pandas: read_hdf, then to_csv)"),
    (b"SQLite format 3\0", "an SQLite database", "save the table of prices as CSV"),
    (b"%PDF", "a PDF document", "get the prices as CSV where the document came from"),
    (b"\x89PNG", "a picture", "get the prices as CSV where the picture came from"),
    (b"BZh", "a file packed by bzip2", _UNPACK),
    (b"\xfd7zXZ\0", "a file packed by xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (_GZIP, "a file that is packed twice", _UNPACK),
    (_ZIP, "a file that is packed twice", _UNPACK),
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# What gzip and zipfile raise of archives that are cut off, altered, or packed in a way that they do not know.
_DAMAGED = (OSError, EOFError, RuntimeError, ValueError, zlib.error, zipfile.BadZipFile)
_HTML = re.compile(r"\s*<(?:!doctype|!--|\?xml|html|head|body|table|div|script|svg|error)\b", re.IGNORECASE)
_JSON = re.compile(r'\s*[\[{]\s*["\[{\]}]')
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")


class Text(NamedTuple):
    """What a file says.

    Attributes:
        content: Its characters, without a byte order mark.
        assumed: The encoding, where nothing in the file tells it.
    """

    content: str
    assumed: str | None


def text_of(file: str | os.PathLike[str] | TextIO | BinaryIO) -> Text:
    """All of a file or stream.

    Raises:
        HistoryError: It is too large, packed in a way that leaves a choice, or no text of a table.
        OSError: It cannot be read.
    """
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as stream:
            content: str | bytes = _read_at_most(stream)
    else:
        content = _read_at_most(file)
    text = Text(content, None) if isinstance(content, str) else _decoded(_unpacked(content))
    _refuse_other_texts(text.content)
    return Text(text.content.removeprefix("\ufeff").rstrip("\x1a"), text.assumed)


def _read_at_most(stream: TextIO | BinaryIO) -> str | bytes:
    """All of the stream, or one more than is allowed. A raw stream gives less at a time than it is asked for."""
    content = stream.read(MAX_SIZE + 1)
    while len(content) <= MAX_SIZE and (more := stream.read(MAX_SIZE + 1 - len(content))):
        content += more  # type: ignore[operator]
    if len(content) > MAX_SIZE:
        raise HistoryError(
            f"expected at most {MAX_SIZE // 1_000_000} MB of daily bars, got more; keep the rows of one symbol"
        )
    return content


def _unpacked(content: bytes) -> bytes:
    try:
        if content.startswith(_GZIP):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacked:
                return bytes(_read_at_most(unpacked))  # type: ignore[arg-type]
        if content.startswith((_ZIP, _EMPTY_ZIP)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(_only_file(archive)) as unpacked:
                return bytes(_read_at_most(unpacked))  # type: ignore[arg-type]
    except HistoryError:  # ours, of what is in it
        raise
    except _DAMAGED as error:
        raise HistoryError(f"a packed file that cannot be unpacked ({error}); {_UNPACK}") from error
    return content


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    if "[Content_Types].xml" in names or "mimetype" in names or "Index/Document.iwa" in names:
        raise HistoryError(f"a workbook or document (such as xlsx, ods or numbers), not CSV; {SAVE_AS_CSV}")
    files = [each for each in archive.infolist() if not each.is_dir() and not _is_litter(each.filename)]
    if len(files) != 1:
        found = f"{len(files)}: {', '.join(each.filename[:40] for each in files[:5])}" if files else "none"
        raise HistoryError(f"expected one file in the zip archive, got {found}; unpack it, and give one of its files")
    if files[0].flag_bits & 1:
        raise HistoryError(f"the zip archive is encrypted; {_UNPACK}")
    return files[0]


def _is_litter(name: str) -> bool:
    """Whether it is what a Mac adds to an archive by itself."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _decoded(content: bytes) -> Text:
    for start, kind, step in _KINDS:
        if content.startswith(start):
            raise HistoryError(f"{kind}, not CSV; {step}")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return Text(content[len(mark) :].decode(encoding), None)
            except UnicodeDecodeError as error:
                raise HistoryError(f"expected text in {encoding}, as its first bytes say ({error.reason})") from error
    for encoding, assumed in (("utf-8", None), ("windows-1252", "Windows-1252")):
        try:
            return Text(content.decode(encoding), assumed)
        except UnicodeDecodeError:
            continue
    raise HistoryError(f"expected text, got binary data or an unknown encoding; {SAVE_AS_CSV}")


def _refuse_other_texts(text: str) -> None:
    if _CONTROL.search(text.rstrip("\x1a")):
        raise HistoryError(f"expected text, got binary data; {SAVE_AS_CSV}")
    if _HTML.match(text):
        raise HistoryError(
            "a web page or XML, not CSV: often the page of an error or a log-in; "
            "open it in a browser to see what it says, and download the prices as CSV"
        )
    if _JSON.match(text):
        raise HistoryError("JSON, not CSV; download the prices as CSV (or in pandas: read_json, then to_csv)")
