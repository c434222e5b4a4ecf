"""When Python looks for garbage in circles."""

from __future__ import annotations

import contextlib
import gc
import typing as t


@contextlib.contextmanager
def without_collections() -> t.Iterator[None]:
    """Not meanwhile, where a lot is made that lives: each search goes through all of it. Several threads may do this at the same time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
