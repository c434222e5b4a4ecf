"""Which process this one is, so that another one on the same machine can see later whether it is still there."""

from __future__ import annotations

import os
import typing as t

_WORDS = 4


def own_identity() -> str:
    """Boot of the machine, namespace, number and start of the process; V('') where the system does not say."""
    return _identity(os.getpid())


def parent_identity() -> str:
    """The same of the process that has started this one."""
    return _identity(os.getppid())


def _identity(number: int) -> str:
    try:
        return ":".join([*_where(), str(number), _started(number)])
    except OSError:
        return ""


def is_alive(identity: str) -> bool | None:
    """Whether that process still runs; none when it cannot be seen from here."""
    words = identity.split(":")
    try:
        if len(words) != _WORDS or words[:2] != _where() or not words[2].isdigit():
            return None
    except OSError:
        return None
    try:
        return _started(int(words[2])) == words[3]
    except (OSError, IndexError):
        return False


def _where() -> list[str]:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    return [boot, str(os.stat("/proc/self/ns/pid").st_ino)]


def _started(number: int) -> str:
    """In ticks since the boot. A process that has ended, and that nobody has taken notice of, does not run."""
    with open(f"/proc/{number}/stat", "rb") as file:
        # A name may have blanks and brackets.
        fields: t.Sequence[bytes] = file.read().rpartition(b")")[2].split()
    if fields[0] in (b"Z", b"X"):
        raise ProcessLookupError(number)
    return fields[19].decode("ascii")
