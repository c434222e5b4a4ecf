"""JSON files that an operator names in an option."""

from __future__ import annotations

import json
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_text import DEEPEST, is_deeper

_UNUSABLE = object()
# Of a file. One may have no end, as /dev/zero.
LONGEST = 2**24


def read_json_object(path: str, option: str) -> dict[str, t.Any]:
    """The JSON object in a file; an error names the file and the place in it. C(option) is the option that named the file."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(LONGEST + 1)
    except OSError as exc:
        raise _error(option, f"{path} cannot be read: {exc.strerror or exc}.", "Check the path and the permissions.") from exc
    except UnicodeDecodeError as exc:
        raise _error(option, f"{path} is not text in UTF-8 (byte {exc.start}).", "Save it as UTF-8.") from exc
    except ValueError as exc:
        raise _error(option, f"{foreign(path)} is no path that a file can have.", "Check the path.") from exc
    if len(text) > LONGEST:
        raise _error(option, f"{path} is longer than {LONGEST} characters.", "Check the path.")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as exc:
        raise _error(option, f"{path} is not JSON: {exc.msg} at line {exc.lineno}, column {exc.colno}.", "Correct the file.") from exc
    except (ValueError, RecursionError):
        document = _UNUSABLE
    if document is _UNUSABLE or is_deeper(document, DEEPEST):
        raise _error(option, f"{path} is nested too deep, or has a number of too many digits.", "Correct the file.")
    if not isinstance(document, dict):
        kinds = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
        kind = next((name for kind, name in kinds.items() if isinstance(document, kind)), "a number")
        line, column = _start(text)
        raise _error(option, f"{path} holds {kind} at line {line}, column {column}, but must hold an object.", "Correct the file.")
    return document


def _start(text: str) -> tuple[int, int]:
    """Line and column of the first character that is not white space."""
    blank = text[: len(text) - len(text.lstrip())]
    return blank.count("\n") + 1, len(blank) - (blank.rfind("\n") + 1) + 1


def _error(option: str, message: str, remedy: str) -> DataplaneError:
    return DataplaneError(f"{option}: {message}", remedy=remedy, code="InvalidFile")
