"""What two lists of rules have in common, in order."""

from __future__ import annotations

import bisect
import collections
import itertools
import operator
import typing as t

# A text that stands m times on one side and n times on the other makes m * n pairs to look at. From this many on, the first is only paired with the first, the
# second with the second and so on: still a common sequence, perhaps not the longest.
_MANY = 256

# Old index, new index, and what came before it.
_Link = tuple[int, int, t.Any]


def common_subsequence(old: t.Sequence[str], new: t.Sequence[str]) -> list[tuple[int, int]]:
    """The longest common subsequence (Hunt and Szymanski's way), as pairs of an index in C(old) and one in C(new)."""
    shorter = min(len(old), len(new))
    start = _same(old, new, shorter)
    end = _same(reversed(old), reversed(new), shorter - start)
    middle = _middle(old[start : len(old) - end], new[start : len(new) - end])
    return [
        *((index, index) for index in range(start)),
        *((start + left, start + right) for left, right in middle),
        *((len(old) - index, len(new) - index) for index in range(end, 0, -1)),
    ]


def _same(old: t.Iterable[str], new: t.Iterable[str], most: int) -> int:
    """How many are the same from the beginning on."""
    different = map(operator.ne, old, new)
    return next((index for index, found in enumerate(itertools.islice(different, most)) if found), most)


def _middle(old: t.Sequence[str], new: t.Sequence[str]) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = {}
    for index, text in enumerate(old):
        places.setdefault(text, []).append(index)
    times = collections.Counter(new)
    seen: collections.Counter[str] = collections.Counter()
    # For each length: the common sequence of that length that ends earliest in old.
    ends: list[int] = []
    links: list[_Link] = []
    for right, text in enumerate(new):
        found = places.get(text, [])
        if len(found) * times[text] > _MANY:
            found = found[seen[text] : seen[text] + 1]
            seen[text] += 1
        for left in reversed(found):
            length = bisect.bisect_left(ends, left)
            link = (left, right, links[length - 1] if length else None)
            if length == len(ends):
                ends.append(left)
                links.append(link)
            else:
                ends[length] = left
                links[length] = link
    pairs: list[tuple[int, int]] = []
    last = links[-1] if links else None
    while last is not None:
        pairs.append((last[0], last[1]))
        last = last[2]
    return pairs[::-1]
