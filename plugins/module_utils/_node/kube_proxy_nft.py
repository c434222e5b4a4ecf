"""The version of the nft that the kube-proxy of this node has. Only reads."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat

# As it stands in the program, from which C(nft --version) prints it.
_VERSION = re.compile(rb"\0(\d+\.\d+\.\d+(?:\.\d+)?)\0")
# Bytes; the real one has 27,000.
_LARGEST = 1 << 23


def kube_proxy_nft() -> tuple[int, ...] | None:
    """The version of the nft that a kube-proxy in our network namespace has; null when it cannot be seen. It is not run: others made it."""
    own = os.stat("/proc/self/ns/net").st_ino
    for path in glob.iglob("/proc/[0-9]*/comm"):
        process = os.path.dirname(path)
        with contextlib.suppress(OSError):
            if _read(path) == b"kube-proxy\n" and os.stat(f"{process}/ns/net").st_ino == own:
                return _version(process)
    return None


def _version(process: str) -> tuple[int, ...] | None:
    """Of the first nft on the search path of the process, whose folder in /proc that is."""
    search = next((item[5:] for item in _read(f"{process}/environ").split(b"\0") if item.startswith(b"PATH=")), b"/usr/sbin:/usr/bin:/sbin")
    for folder in os.fsdecode(search).split(":"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = _VERSION.search(_read(f"{process}/root/{folder}/nft"))
            return tuple(map(int, found[1].split(b"."))) if found else None
    return None


def _read(path: str) -> bytes:
    """OSError when it is no file."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no file")
        return file.read(_LARGEST)
