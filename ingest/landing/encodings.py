"""What encoding a text file is in, and its text as UTF-8.

Here: byte order marks, guessing where nothing is declared, refusing what is no text.
Not here: reading rows (csv_files.py, json_files.py), workbooks and ZIPs, which are told by their first bytes (read_content.py).

The order: what the mapping declares; a byte order mark; zero bytes (UTF-16 or no text at all); UTF-8; GB18030 (国标); a Western
code page; whatever charset-normalizer makes of it. Korean and Japanese EUC look like GB18030, and cp1250 like cp1252: a mapping has
to declare those. A guess must decode without a single replacement and look like text, and
a UTF-8 file with a few broken bytes is refused, never read as something else: wrong characters are worse than a missing day.
"""

import codecs
import re
from itertools import islice

import numpy as np
import pyarrow as pa
from charset_normalizer import from_bytes

from ingest.errors import FileRefused

_SAMPLE = 5000  # runs of other characters that a guess is judged by: more do not change it, and a file may have millions
_ENOUGH = 20  # characters that settle an encoding even where a later byte does not fit it
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WESTERN = ("cp1252", "mac_roman")  # latin-1 adds only control characters to cp1252
_OTHERS = ["big5", "cp949", "euc_jp", "shift_jis", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r"]
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_OTHER_CHARACTERS = re.compile("[^\x00-\x7f]+")
_IN_WORDS = re.compile("(?:[A-Za-z]?)([^\x00-\x7f]+)(?=([A-Za-z]?))")
_TYPOGRAPHY = frozenset("’‘“”–—…•·°€£©®™«»º\xa0¡¿§²³½¼×")


def _gb2312(first: int, last: int) -> frozenset[str]:
    pairs = bytes(byte for lead in range(first, last + 1) for trail in range(0xA1, 0xFF) for byte in (lead, trail))
    return frozenset(pairs.decode("gb2312", "ignore"))


# GB 2312 orders its characters by use: punctuation, Roman numerals and full-width letters, then the 3,755 everyday ideographs
# (level 1), then the 3,008 of names and places (level 2).
_EVERYDAY = _gb2312(0xA1, 0xA3) | _gb2312(0xB0, 0xD7)
_NAMES = _gb2312(0xD8, 0xF7)


def to_utf8(data: bytes, name: str, declared: str | None = None) -> tuple[bytes, str]:
    """The text of a file as UTF-8 without byte order mark, and the name of the encoding it was found in.

    `declared` is the mapping's `format: {encoding: ...}` and is obeyed. Raises FileRefused: `wrong_encoding` where nothing fits
    whole, `not_text` for bytes that are no text, `truncated_file` where the last character is cut off.
    """
    if declared is not None:
        return _as_declared(data, name, declared)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :]
            if encoding != "utf-8-sig":
                text = _decode(text, name, encoding, "as its first bytes say")
            if b"\0" in text:
                raise _not_text(name)
            if encoding == "utf-8-sig" and not _is_utf8(text):
                raise _damaged(text, name, _utf8_error(text), "UTF-8")
            return text, encoding
    if b"\0" in data:
        return _utf16_without_mark(data, name)
    if _is_utf8(data):
        return data, "utf-8"
    if _is_damaged_utf8(data):
        raise _damaged(data, name, _utf8_error(data), "UTF-8")
    return _guess(data, name)


def count_replaced(text: bytes) -> int:
    """How many characters of a UTF-8 text were lost before it came here: U+FFFD, which stands where a program could not read."""
    return text.count(b"\xef\xbf\xbd")


def _is_utf8(data: bytes) -> bool:
    # Arrow checks in place; bytes.decode would hold 200 MB of Chinese text twice (2026-11-22).
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _as_declared(data: bytes, name: str, declared: str) -> tuple[bytes, str]:
    try:
        encoding = codecs.lookup(declared).name
        b"a".decode(declared, "ignore")  # refuses codecs that are no encoding of text, such as zip and hex
    except UnicodeError:
        pass
    except (LookupError, ValueError):
        raise FileRefused(
            "wrong_encoding",
            f"{name}: the mapping says `encoding: {declared}`, which is no encoding known here. "
            "Write e.g. utf-8, gb18030, utf-16, big5, cp1252 or mac_roman, or leave the key out.",
        ) from None
    if encoding == "utf-8" and data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    text = _decode(data.removeprefix(marks.get(encoding, b"")), name, encoding, "as the mapping declares")
    if b"\0" in text:
        raise _not_text(name)
    return text, encoding


def _decode(data: bytes, name: str, encoding: str, because: str) -> bytes:
    try:
        return data.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        place = _place_utf16 if encoding.startswith("utf-16") else _place
        raise FileRefused(
            "wrong_encoding",
            f"{name} is not {encoding}, {because}: {place(data, getattr(error, 'start', 0))} fits nothing. "
            "Export it again in UTF-8, or correct `encoding` in the mapping; nothing of it was loaded.",
        ) from None


def _place(data: bytes, start: int) -> str:
    where = f"line {data.count(bytes([10]), 0, start) + 1}"
    return f"byte 0x{data[start]:02X} in {where}" if start < len(data) else f"the end in {where}"


def _place_utf16(data: bytes, start: int) -> str:
    return f"byte {start + 1:,} of {len(data):,}"


def _decoded_until(data: bytes, encoding: str) -> tuple[str, UnicodeDecodeError | None]:
    """The text up to the first byte that does not fit, and what is wrong with that."""
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        return data[: error.start].decode(encoding), error


def _utf8_error(data: bytes) -> UnicodeDecodeError:
    """What is wrong with a text that is not UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error
    raise AssertionError("asked about a text that is UTF-8")


def _is_cut(data: bytes, error: UnicodeDecodeError) -> bool:
    return error.end >= len(data) and error.reason in ("unexpected end of data", "incomplete multibyte sequence")


def _damaged(data: bytes, name: str, error: UnicodeDecodeError, encoding: str) -> FileRefused:
    """The refusal of a file that is in an encoding but for some bytes: it is never read as something else."""
    if _is_cut(data, error):
        return FileRefused(
            "truncated_file",
            f"{name} breaks off in the middle of a character ({_place(data, error.start)}). Export it again; nothing of it was loaded.",
        )
    return FileRefused(
        "wrong_encoding",
        f"{name} is not {encoding} throughout: {_place(data, error.start)} fits nothing, though most of the file is {encoding}. "
        "Export it again and choose UTF-8 (in Excel: 'CSV UTF-8'); nothing of it was loaded.",
    )


def _not_text(name: str) -> FileRefused:
    return FileRefused(
        "not_text",
        f"{name} holds zero bytes and is neither UTF-16 nor a workbook, so it is no text (a picture, a program, an unfinished "
        "download?). Export it again as CSV in UTF-8.",
    )


def _utf16_without_mark(data: bytes, name: str) -> tuple[bytes, str]:
    """UTF-16 shows by zeros in every second place, since separators and line ends have one each. Anything else is no text."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 2 <= max(even, odd):  # a few stand in the other place: 一 is U+4E00
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise _not_text(name) from None
        if not _NO_TEXT.search(text):
            return text.encode("utf-8"), encoding
    raise _not_text(name)


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether the file is UTF-8 but for a few bytes: a cut at the end, or one value pasted in another encoding.

    Other encodings hardly ever form UTF-8's sequences by chance, so four whole ones to a broken one settle it. So does a single one
    if the only broken one stands at the very end, for that is where files break off.
    """
    whole = broken = 0
    for run in islice(re.finditer(rb"[\x80-\xff]+", data), _SAMPLE):
        text = run[0].decode("utf-8", "replace")
        lost = text.count("\ufffd") - run[0].count(b"\xef\xbf\xbd")
        broken += lost
        whole += len(text) - text.count("\ufffd")
    return whole > 0 and (whole >= 4 * broken or (broken == 1 and _is_cut(data, _utf8_error(data))))


def _guess(data: bytes, name: str) -> tuple[bytes, str]:
    text, error = _decoded_until(data, "gb18030")
    if not _NO_TEXT.search(text) and looks_chinese(text):
        if error is None:
            return text.encode("utf-8"), "gb18030"
        if sum(map(len, islice(_OTHER_CHARACTERS.findall(text), _SAMPLE))) >= _ENOUGH:
            raise _damaged(data, name, error, "GB18030")
    best, best_score = "", 0.0
    for encoding in _WESTERN:
        score = _western_score(data, encoding)
        if score > best_score:
            best, best_score = encoding, score
    if best_score < 0.75:  # in short texts with a stray sign 3 of 4 still fit; Asian text read as Western reaches about half
        found = from_bytes(data, cp_isolation=_OTHERS, enable_fallback=False).best()
        if found is not None and not _NO_TEXT.search(str(found)):
            return str(found).encode("utf-8"), found.encoding
    if best_score >= 0.5:
        return data.decode(best).encode("utf-8"), best
    raise FileRefused(
        "wrong_encoding",
        f"{name} is not UTF-8: {_place(data, _utf8_error(data).start)} fits nothing, and no other encoding gives readable text either. "
        "Export it again and choose UTF-8 (in Excel: 'CSV UTF-8'), or name its encoding in the mapping "
        "(`format: {encoding: ...}`); nothing of it was loaded.",
    )


def looks_chinese(text: str) -> bool:
    """Whether text decoded as GB18030 is Chinese, and not accents of a Western file that form pairs by chance.

    An accented letter pairs with the ASCII letter behind it and gives one rare ideograph amid a word; Chinese gives runs of
    everyday ones.
    """
    everyday = names = rare = 0
    for found in islice(_IN_WORDS.finditer(text), _SAMPLE):
        run = found[1]
        alone = len(run) == 1 and (found[0][0] != run[0] or found[2])  # a single one that touches a letter
        for character in run:
            if character in _EVERYDAY and not alone:
                everyday += 1
            elif character in _NAMES and not alone:
                names += 1
            else:
                rare += 1
    total = everyday + names + rare
    return everyday >= 0.5 * total or (names > 0 and rare == 0)


def _western_score(data: bytes, encoding: str) -> float:
    """The share of other characters that stand where Western text has them: accented letters of the same case as the letters
    before, and typographic signs. 0 where the bytes do not decode or give control characters."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    if _NO_TEXT.search(text):
        return 0.0
    good = total = 0
    for run in islice(_OTHER_CHARACTERS.finditer(text), _SAMPLE):
        total += run.end() - run.start()
        if sum(map(str.isalpha, run[0])) < 3:  # three accented letters in a row are Cyrillic, Greek or Asian text misread
            good += sum(_fits(text, place) for place in range(run.start(), run.end()))
    return good / total if total else 0.0


def _fits(text: str, place: int) -> bool:
    character = text[place]
    if character in _TYPOGRAPHY:
        return True
    if not character.isalpha():
        return False
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if before.isalpha():
        return character.islower() if before.islower() else (character.islower() or not after.islower())
    if after.isalpha():
        return character.isupper() or after.islower()
    return character.islower()
