"""Names that ARM compares without regard to case."""

from __future__ import annotations

import typing as t


def canonical(text: t.Any, names: tuple[str, ...]) -> str | None:
    """The name as this collection spells it; a name that is not known here stays as it is, and what is no name is none."""
    if not isinstance(text, str) or not text:
        return None
    return next((name for name in names if name.casefold() == text.casefold()), text)
