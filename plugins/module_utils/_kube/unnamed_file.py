"""Private keys for libraries that take paths only: in memory, and gone with the process however it ends."""

from __future__ import annotations

import atexit
import contextlib
import os
import tempfile
import typing as t

# What a path leads to is there as long as its file is open.
_open_files: dict[bytes, t.IO[bytes]] = {}


def unnamed_file(content: str | bytes) -> str:
    """A path to the content; OSError. The C(kubernetes) package's own files are left to atexit, which comes too late, or never.

    Where the system has no C(/proc), the file has a name until the process ends by itself.
    """
    data = content.encode() if isinstance(content, str) else content
    file = _open_files.get(data)
    if file is None:
        # Of two threads that come here with the same content, the file of one is kept, and both have its path.
        file = _open_files.setdefault(data, _written(data))
    return f"/proc/self/fd/{file.fileno()}" if os.path.isdir("/proc/self/fd") else str(file.name)


def _written(data: bytes) -> t.IO[bytes]:
    # Open for as long as the process lives.
    file = _without_name() or _with_name()
    file.write(data)
    file.flush()
    return file


def _without_name() -> t.IO[bytes] | None:
    """Gone with the process, however that ends."""
    if not os.path.isdir("/proc/self/fd"):
        return None
    if hasattr(os, "memfd_create"):
        # A kernel or a filter of system calls may not have it.
        with contextlib.suppress(OSError):
            return os.fdopen(os.memfd_create("kubeconfig"), "w+b")
    return t.cast("t.IO[bytes]", tempfile.TemporaryFile())


def _with_name() -> t.IO[bytes]:
    file = t.cast("t.IO[bytes]", tempfile.NamedTemporaryFile())  # noqa: SIM115
    # A fork of a worker ends without the interpreter's own tidying up.
    atexit.register(file.close)
    return file
