"""What is wrong with a file."""

from __future__ import annotations


def trouble(exc: OSError) -> str:
    """Its name, where that is known, and the reason."""
    name = exc.filename.decode(errors="replace") if isinstance(exc.filename, bytes) else exc.filename
    return f"{name}: {exc.strerror}" if isinstance(name, str) else exc.strerror or str(exc)
