"""What runs on each node for one ruleset: the first process of a container."""

from __future__ import annotations

import typing as t

from . import keeper_order, keeper_words


def main(words: t.Sequence[str]) -> None:
    """words: of the command line, without the program's name."""
    with open(f"{keeper_words.FOLDER}/{keeper_words.ORDER}", encoding="utf-8") as file:
        keeper_order.from_json(file.read())
