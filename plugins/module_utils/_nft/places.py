"""Where something stands in a declaration. Only the controller needs this. Pure."""

from __future__ import annotations

import bisect

from .declared import Declaration


def place_of(given: Declaration, line: int) -> str:
    """What a line of the text is to the user: C(content line 7), or C(tables[0].chains[1].rules[3])."""
    number = bisect.bisect([segment.line for segment in given.segments], line)
    if not number:
        return f"{given.origin} line {line}"
    segment = given.segments[number - 1]
    return f"{segment.path}[{line - segment.line}]" if segment.items else segment.path
