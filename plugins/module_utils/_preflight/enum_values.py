"""How values of enums are compared."""

from __future__ import annotations


def is_value(text: str | None, value: str) -> bool:
    """Whether the text is the value, which is given in lower case: neither ARM nor Kubernetes objects keep to one case."""
    return (text or "").lower() == value
