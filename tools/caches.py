# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what takes long to make is kept: outside the tree, so that checkouts share it and a clean one starts quickly.

Each entry has a name that changes with what it is made from, so nothing in there is ever out of date, and all of it may be removed at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import typing as t
from pathlib import Path

# Of the newest, how many entries of one kind stay: that of this checkout, and of the one before, or of another checkout.
KEPT = 2


def folder(name: str) -> Path:
    """Of one kind of things; it may not be there yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "aks.dataplane", name)


@contextlib.contextmanager
def locked(entry: Path) -> t.Iterator[None]:
    """One at a time, also of processes that know nothing of each other. The lock is a file next to the entry."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with entry.with_name(f"{entry.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept(entry: Path, make: t.Callable[[Path], None], say: t.Callable[[str], None]) -> Path:
    """The entry, which is made when it is not there, or no longer as it was made. make: fills an empty folder of another name.

    Whatever ends it halfway, only what is whole gets the entry's name.
    """
    with locked(entry):
        if entry.exists() and _damage(entry):
            say(f"{entry} is damaged ({_damage(entry)}), and is made anew")
            shutil.rmtree(entry)
        if not entry.exists():
            part = entry.with_name(f"{entry.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            try:
                make(part)
                _seal(entry).unlink(missing_ok=True)
                part.rename(entry)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        if not _seal(entry).exists():
            # Nobody has it before it is whole.
            written = entry.with_name(f"{entry.name}.sizes.part")
            written.write_text(json.dumps(_sizes(entry)), encoding="utf-8")
            written.replace(_seal(entry))
        os.utime(entry)
    return entry


def _damage(entry: Path) -> str:
    """Which of its files is not as long as it was, or is gone; empty when none."""
    seal = _seal(entry)
    wanted: dict[str, int] = json.loads(seal.read_text(encoding="utf-8")) if seal.exists() else {}
    found = _sizes(entry)
    return next((name for name, size in wanted.items() if found.get(name) != size), "")


def _seal(entry: Path) -> Path:
    return entry.with_name(f"{entry.name}.sizes")


def _sizes(entry: Path) -> dict[str, int]:
    """Bytes of each file and link below."""
    return {str(file.relative_to(entry)): file.lstat().st_size for file in sorted(entry.rglob("*")) if file.is_symlink() or file.is_file()}


@contextlib.contextmanager
def in_use(entry: Path) -> t.Iterator[None]:
    """Meanwhile nobody prunes it."""
    handle = os.open(entry, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def prune(where: Path, kind: str) -> list[str]:
    """Remove entries (KIND-DIGEST, of kept()) but the last used ones, and those in use; return the names of those that are gone."""
    entries = [entry for entry in where.glob(f"{kind}-*") if entry.is_dir() and entry.suffix != ".part"]
    gone = []
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime, reverse=True)[KEPT:]:
        handle = os.open(entry, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(entry)
            _seal(entry).unlink(missing_ok=True)
            gone.append(entry.name)
        finally:
            os.close(handle)
    return sorted(gone)
