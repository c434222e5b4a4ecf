"""Long lists, of which only a part of each object is kept."""

from __future__ import annotations

import typing as t

from .client import PAGE, KubeClient
from .errors import KubeError

Raw = t.Mapping[str, t.Any]
T = t.TypeVar("T")


def pages(client: KubeClient, path: str, keep: t.Callable[[Raw], T]) -> list[T]:
    """What is kept of each object of a list; a page is let go before the next is read."""
    kept: list[T] = []
    query: dict[str, t.Any] = {"limit": PAGE}
    while True:
        try:
            page = client.get(path, query) or {}
        except KubeError as exc:
            if exc.status != 410 or "continue" not in query:
                raise
            # The pages were of a moment that the server has forgotten by now.
            kept, query = [], {}
            continue
        kept += [keep(item) for item in page.get("items") or []]
        following = (page.get("metadata") or {}).get("continue")
        if not following:
            return kept
        query["continue"] = following
