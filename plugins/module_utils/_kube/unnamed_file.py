"""Private keys for libraries that take paths only: in memory, and gone with the process however it ends."""

from __future__ import annotations

import os
import tempfile
import typing as t

# What a path leads to is there as long as its file is open.
_open_files: dict[bytes, t.IO[bytes]] = {}


def unnamed_file(content: str | bytes, *_where: t.Any, **_options: t.Any) -> str:
    """A path to the content. In the place of the C(kubernetes) package's own function, which leaves its files to atexit: that comes too late, or never.

    Where the system has no files in memory, the file has a name until the process ends by itself.
    """
    data = content.encode() if isinstance(content, str) else content
    if data not in _open_files:
        _open_files[data] = _written(data)
    file = _open_files[data]
    return file.name if isinstance(file.name, str) else f"/proc/self/fd/{file.fileno()}"


def _written(data: bytes) -> t.IO[bytes]:
    # Open for as long as the process lives.
    file = _in_memory() or t.cast("t.IO[bytes]", tempfile.NamedTemporaryFile())  # noqa: SIM115
    file.write(data)
    file.flush()
    return file


def _in_memory() -> t.IO[bytes] | None:
    if not hasattr(os, "memfd_create") or not os.path.isdir("/proc/self/fd"):
        return None
    return os.fdopen(os.memfd_create("kubeconfig"), "w+b")
