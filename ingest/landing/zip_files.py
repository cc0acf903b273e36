"""ZIP files: what they hold, told from their directory, and the bytes of one member.

Here: names of members as labels, refusing bombs, locked and broken archives before anything is unpacked.
Not here: reading what a member holds (read_content.py), workbooks, which are ZIPs too (xlsx_files.py takes `checked_directory` only).

A member's name is a label, shown to people and matched with patterns; it is never used as a path, and nothing is extracted by name.
ZIPs within ZIPs are listed like any file and not opened.
"""

import io
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.errors import FileRefused
from ingest.landing.content import Limits
from ingest.landing.encodings import looks_chinese

_SMALL = 1 << 20  # bytes below which a member may be packed as tightly as it likes: 1 MiB of zeros harms nobody
_PIECE = 1 << 20
_ENTRY_BYTES = 1 << 10  # of the directory, for one member with a long name; real ones need about 100
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # a first member, or an end without any
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NO_EXPORTS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_LABEL_BYTES = 180  # of one part of a label: file systems allow 255, and messages are filed under it
_LABEL_PARTS = 8
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    ValueError, OSError, EOFError, IndexError, OverflowError, NotImplementedError,
)  # fmt: skip
"""What Python's zipfile raises over a damaged archive."""
_PARTS_OF = {
    "workbook": ("xl/workbook.xml", "xl/workbook.bin"),
    "document": ("word/document.xml", "ppt/presentation.xml"),
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file in a ZIP: its place in the directory, its name made harmless, and what it unpacks to."""

    index: int
    name: str
    size_bytes: int


def zip_kind(data: bytes) -> str | None:
    """What a file that starts like a ZIP is: "workbook" (xlsx, xlsb, ods), "document" (docx, pptx, odt), "zip", or "broken".

    None where it does not start like one.
    """
    if not data.startswith(_SIGNATURES):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist()[:10_000]}
            if "content.xml" in names and "mimetype" in names:
                with archive.open("mimetype") as file:
                    return "workbook" if b"spreadsheet" in file.read(200) else "document"
    except (*BROKEN, RuntimeError):
        return "broken"
    for kind, parts in _PARTS_OF.items():
        if names.intersection(parts):
            return kind
    return "zip"


def is_zip(data: bytes, name: str) -> bool:
    """Whether a file is a ZIP of files, as opposed to a workbook or document, which are ZIPs inside. A broken one goes by its name."""
    kind = zip_kind(data)
    return kind == "zip" or (kind == "broken" and not name.casefold().endswith((".xlsx", ".xlsm", ".xlsb", ".ods", ".docx", ".pptx")))


def list_members(data: bytes, name: str, limits: Limits) -> list[Member]:
    """The files of a ZIP in the order of its directory, without folders and what operating systems add.

    Raises FileRefused: `encrypted`, `zip_bomb` (too many, too large, packed too tightly, or overlapping), `broken_zip`. Nothing is
    unpacked. Two equal names get a number: `Account.csv`, `Account (2).csv`.
    """
    infos = checked_directory(data, name, limits)
    members = []
    taken: set[str] = set()
    for index, (info, decoded) in enumerate(zip(infos, _decoded_names(infos), strict=True)):
        if decoded.endswith(("/", "\\")):
            continue
        label = _label(decoded) or f"member {index + 1}"
        parts = label.split("/")
        if parts[0] == "__MACOSX" or parts[-1].casefold() in _NO_EXPORTS:
            continue
        label = _told_apart(label, taken)
        taken.add(label.casefold())
        members.append(Member(index=index, name=label, size_bytes=info.file_size))
    return members


def read_member(data: bytes, index: int, limits: Limits, *, name: str = "the ZIP") -> bytes:
    """The bytes of the member at `index` of the directory; `name` is what messages call the ZIP.

    Raises FileRefused: `zip_bomb` where it is larger than the limits allow, `broken_zip` where the bytes are not those that the
    directory promises (size and checksum), `encrypted`.
    """
    with _open(data, name) as archive:
        info = archive.infolist()[index]
        _check_member(info, name, limits)
        pieces, total = [], 0
        try:
            with archive.open(info) as file:
                while piece := file.read(_PIECE):
                    total += len(piece)
                    if total > info.file_size:
                        break
                    pieces.append(piece)
        except (*BROKEN, RuntimeError) as error:
            raise _broken(name, f"member {index + 1} cannot be unpacked ({error})") from None
    if total != info.file_size:
        raise _broken(name, f"member {index + 1} should hold {info.file_size:,} bytes and holds another number")
    return b"".join(pieces)


def checked_directory(data: bytes, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    """The directory of a ZIP that keeps the limits. Raises FileRefused; nothing is unpacked."""
    _check_directory_size(data, name, limits)
    with _open(data, name) as archive:
        infos = archive.infolist()
        directory_at = archive.start_dir
    if len(infos) > limits.max_members:
        raise _bomb(name, f"holds {len(infos):,} files, more than {limits.max_members:,}")
    for info in infos:
        _check_member(info, name, limits)
    total = sum(info.file_size for info in infos)
    if total > limits.max_bytes:
        raise _bomb(
            name, f"would unpack to {total:,} bytes, more than company.toml allows (landing.max_file_mb = {limits.max_bytes >> 20})"
        )
    _check_places(data, name, infos, directory_at)
    return infos


def _open(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise _broken(name, str(error)) from None


def _broken(name: str, what: str) -> FileRefused:
    return FileRefused(
        "broken_zip", f"{name} is a broken or unfinished ZIP: {what}. Download or export it again; nothing of it was loaded."
    )


def _bomb(name: str, what: str) -> FileRefused:
    return FileRefused(
        "zip_bomb", f"{name} {what}. It was not unpacked. If it is a real export, unpack it by hand and put the files into landing/."
    )


def _check_directory_size(data: bytes, name: str, limits: Limits) -> None:
    # Python reads the whole directory at once; millions of entries would take gigabytes before they could be counted.
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end >= 0 and end + 22 <= len(data):
        size = struct.unpack("<L", data[end + 12 : end + 16])[0]
        if size != 0xFFFFFFFF and size > limits.max_members * _ENTRY_BYTES:
            raise _bomb(name, f"has a directory of {size:,} bytes, more than {limits.max_members:,} files need")


def _check_member(info: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    if info.flag_bits & 0x1 or info.compress_type == 99:  # 99: WinZip's AES
        raise FileRefused(
            "encrypted", f"{name} is locked with a password. Export it without one, or unpack it by hand; nothing was loaded."
        )
    if info.compress_type not in _METHODS:
        method = zipfile.compressor_names.get(info.compress_type, str(info.compress_type))
        raise _broken(name, f"it is packed by the method {method}, which few programs read; pack it as an ordinary ZIP")
    if info.file_size > limits.max_bytes or (info.file_size > _SMALL and info.file_size > limits.max_ratio * info.compress_size):
        raise _bomb(name, f"holds a file of {info.file_size:,} bytes packed into {info.compress_size:,}")


def _check_places(data: bytes, name: str, infos: Iterable[zipfile.ZipInfo], directory_at: int) -> None:
    """Members must lie one behind the other: bombs of the overlapping kind let many entries unpack the same bytes."""
    end_of_last = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        at = info.header_offset
        if at < end_of_last:
            raise _bomb(name, "holds files that overlap each other")
        if data[at : at + 4] != b"PK\x03\x04" or at + 30 > len(data):
            raise _broken(name, "its directory points at places where no file begins")
        name_bytes, extra_bytes = struct.unpack("<HH", data[at + 26 : at + 30])
        end_of_last = at + 30 + name_bytes + extra_bytes + info.compress_size
        if end_of_last > directory_at:
            raise _broken(name, "a file in it goes on beyond the place where it should end")


def _decoded_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The names as their makers wrote them: UTF-8 where they say so, else UTF-8, GBK (Chinese Windows) or cp437, as all of them fit.

    Python has read unmarked names as cp437, which knows every byte, so their bytes can be had back.
    """
    raw = {place: info.orig_filename.encode("cp437") for place, info in enumerate(infos) if not info.flag_bits & 0x800}
    together = b"\n".join(raw.values())
    encoding = "cp437"
    for candidate in ("utf-8", "gb18030"):
        try:
            text = together.decode(candidate)
        except UnicodeDecodeError:
            continue
        if candidate == "utf-8" or looks_chinese(text):
            encoding = candidate
            break
    return [raw[place].decode(encoding) if place in raw else info.orig_filename for place, info in enumerate(infos)]


def _label(name: str) -> str:
    """A name that cannot be mistaken for another path: no way up, no drive, no invisible characters, no endless length."""
    visible = "".join(character for character in name if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    parts = []
    for written in visible.replace("\\", "/").split("/"):
        part = re.sub(r"^(?:\s*[A-Za-z]:)+", "", written).strip()
        if part.strip(". "):
            parts.append(_shortened(part))
    return "/".join(parts[-_LABEL_PARTS:])


def _shortened(part: str) -> str:
    if len(part.encode("utf-8")) <= _LABEL_BYTES:
        return part
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = part, "", ""
    kept = stem.encode("utf-8")[: _LABEL_BYTES - len((dot + suffix).encode("utf-8"))]
    return kept.decode("utf-8", "ignore") + dot + suffix


def _told_apart(label: str, taken: set[str]) -> str:
    folder, slash, file = label.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    if not stem:
        stem, dot, suffix = file, "", ""
    number, told = 1, label
    while told.casefold() in taken:
        number += 1
        told = f"{folder}{slash}{stem} ({number}){dot}{suffix}"
    return told
