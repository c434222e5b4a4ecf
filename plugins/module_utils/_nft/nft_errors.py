"""What nft says about a declaration that it does not take, in terms of what the user wrote. Only the controller needs this. Pure."""

from __future__ import annotations

import re
import typing as t

from .._common.errors import DataplaneError
from .declared import Declaration
from .places import place_of

_WHERE = re.compile(r"[^\s:]+:(\d+):(\d+)-(\d+): Error: (.*)")
_CARETS = re.compile(r"[\s^~]*\^[\s^~]*")


class Complaint(t.NamedTuple):
    """One error of nft. line, first, last: where, from 1. source, carets: nft's own picture of it, both empty when there is none."""

    line: int
    first: int
    last: int
    text: str
    source: str
    carets: str

    @property
    def subject(self) -> str:
        """What nft points at."""
        return self.source[self.first - 1 : self.last].strip().strip('"')


class _Known(t.NamedTuple):
    code: str
    message: str
    remedy: str


_NOT_FOUND = _Known(
    "NotFound",
    "the kernel knows nothing of that name, or has no support for it: {}",
    "Chains, sets and objects have to be declared in the table that uses them.",
)
_UNKNOWN_ACCOUNT = "Create it first, or give its number."
_BY_TEXT = (
    (
        "Interface does not exist",
        _Known(
            "UnknownInterface",
            "this node has no interface {}",
            "iif and oif want an interface that is there when the rules are loaded; iifname and oifname match by name at any time.",
        ),
    ),
    ("User does not exist", _Known("UnknownUser", "this node has no user {}", _UNKNOWN_ACCOUNT)),
    ("Group does not exist", _Known("UnknownGroup", "this node has no group {}", _UNKNOWN_ACCOUNT)),
    (
        "unknown datatype",
        _Known(
            "UnknownType", "the nft of this node knows no type {}", "nft(8) lists the types under DATA TYPES; a newer nft may know more."
        ),
    ),
    (
        "Could not resolve hostname",
        _Known(
            "UnknownAddress",
            "{} is no address, and no name that this node could look up",
            "Write addresses: a name is looked up only once, when the rules are loaded.",
        ),
    ),
    ("Could not resolve service", _Known("UnknownService", "this node knows no service {}", "Give the number of the port.")),
    ("unknown identifier", _Known("UnknownVariable", "{} is not defined", "Define it before its first use.")),
    ("Could not process rule: No such file or directory", _NOT_FOUND),
    ("No such file or directory", _NOT_FOUND),
    (
        "Could not process rule: Operation not supported",
        _Known(
            "NotSupported",
            "the kernel does not support this here: {}",
            "See that type, hook and family of the chain fit, and that the kernel has the feature.",
        ),
    ),
)


def parse_complaints(stderr: str) -> list[Complaint]:
    """Everything in nft's error output that has a place."""
    lines = stderr.split("\n")
    found = []
    for number, line in enumerate(lines):
        if where := _WHERE.fullmatch(line):
            picture = lines[number + 1 : number + 3]
            source, carets = picture if len(picture) == 2 and _CARETS.fullmatch(picture[1]) else ("", "")
            found.append(Complaint(int(where[1]), int(where[2]), int(where[3]), where[4], source, carets))
    return found


def explain_refusal(stderr: str, declaration: Declaration, skipped: int = 0) -> DataplaneError:
    """What nft's refusal of the declaration's text means.

    skipped: how many lines stood in front of that text in what nft was given.
    """
    found = [item._replace(line=item.line - skipped) for item in parse_complaints(stderr)]
    if not found:
        return DataplaneError(f"nft does not take the declaration: {stderr.strip()}", remedy=_UNCHANGED, code="InvalidDeclaration")
    first = found[0]
    known = next((known for text, known in _BY_TEXT if first.text.startswith(text)), None)
    message = known.message.format(first.subject) if known else first.text
    return DataplaneError(
        f"{place_of(declaration, first.line)}: {message}.{_picture(first)}",
        remedy=f"{known.remedy} {_UNCHANGED}" if known else _UNCHANGED,
        code=known.code if known else "InvalidDeclaration",
        details={
            "problems": [{"place": place_of(declaration, item.line), "message": item.text, "picture": _picture(item)} for item in found]
        },
    )


def _picture(item: Complaint) -> str:
    """Line and caret without their indentation."""
    indent = len(item.source) - len(item.source.lstrip())
    return f"\n{item.source[indent:]}\n{item.carets[indent:]}" if item.source else ""


_UNCHANGED = "Nothing was changed."
