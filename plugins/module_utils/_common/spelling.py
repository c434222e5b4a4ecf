"""Names and values that are nearly known ones."""

from __future__ import annotations

import typing as t

# So many letters may be wrong.
NEAR = 2


def distance(one: str, other: str, limit: int = NEAR) -> int:
    """How many letters have to be changed, added, left out or swapped with the next one to make one text the other; at most C(limit) + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    same, shorter = 0, min(len(one), len(other))
    while same < shorter and one[same] == other[same]:
        same += 1
    one, other = one[same:], other[same:]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, last, row = row, before, [at]
        for there, letter_there in enumerate(other, 1):
            costs = [before[there] + 1, row[there - 1] + 1, before[there - 1] + (letter != letter_there)]
            if at > 1 and there > 1 and letter == other[there - 2] and one[at - 2] == letter_there:
                costs.append(last[there - 2] + 1)
            row.append(min(costs))
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def nearest(word: str, known: t.Iterable[str], limit: int = NEAR) -> str:
    """The known text that is nearest, upper or lower case, the first of several by the alphabet; V('') when none is near."""
    found = min(((distance(word.lower(), one.lower(), limit), one) for one in known), default=(limit + 1, ""))
    return found[1] if found[0] <= limit else ""


def did_you_mean(word: str, known: t.Iterable[str]) -> str:
    """A question to put behind a message, with a space before it; V('') when no known text is near."""
    written = word.strip()
    # Of a short word, two letters are all of it.
    meant = nearest(written, known, min(NEAR, max(1, len(written) // 3)))
    return f" Did you mean {meant}?" if meant else ""
