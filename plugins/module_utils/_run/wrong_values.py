"""What Ansible says of values that a specification does not allow, in the words of people who set variables."""

from __future__ import annotations

import re
import typing as t

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "list": "a list",
    "dict": "a dictionary",
    "str": "text",
    "path": "a path",
}
_WRONG_TYPE = re.compile(
    r"(?P<what>Elements value for option|argument) '(?P<name>[^']+)' is of type .+?(?: found in '(?P<inside>[^']+)'\.?)?"
    r" and we were unable to convert to (?P<kind>\w+)(?P<reason>.*)",
    re.DOTALL,
)
_VALUE = re.compile(r"The value '(.*)' is not a valid|\"'(.*)'\" cannot be converted|'?(.*?)'? cannot be converted", re.DOTALL)
_MISSING = re.compile(r"missing required arguments: (?P<names>[\w, ]+?)(?: found in (?P<inside>.+))?", re.DOTALL)
_UNKNOWN = re.compile(r"(?P<name>[\w.]+)\. Supported parameters include: (?P<known>.+?)\.?", re.DOTALL)
# Longer ones are no help to find what was written.
_LONGEST = 60


def sentences(errors: t.Sequence[str]) -> list[str]:
    """One for each of the errors; one that is not known stays as Ansible words it."""
    return [_sentence(str(error).strip()) for error in errors]


def _sentence(error: str) -> str:
    if found := _WRONG_TYPE.fullmatch(error):
        subject = "each element" if found["what"].startswith("Elements") else "value"
        kind = _KINDS.get(found["kind"], found["kind"])
        return f"{subject} of {found['name']}{_place(found['inside'])} must be {kind}{_got(found['reason'].removeprefix(': '))}."
    if found := _MISSING.fullmatch(error):
        names = found["names"].split(", ")
        return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} missing{_place(found['inside'])}."
    if found := _UNKNOWN.fullmatch(error):
        return f"{found['name']} is unknown. Known are: {found['known']}."
    return error if error.endswith((".", "?", "!")) else f"{error}."


def _got(reason: str) -> str:
    found = _VALUE.search(reason)
    value = next(filter(None, found.groups()), "") if found else ""
    # Older versions of Ansible name the type in its place.
    return f", got: {value}" if value and len(value) <= _LONGEST and not value.startswith("<class ") else ""


def _place(inside: str | None) -> str:
    return f" in {inside}" if inside else ""
