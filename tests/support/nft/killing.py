# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run of the module on a node with SIGKILL at a step that can be chosen: at one of its calls of nft, or at one of its steps with files."""

from __future__ import annotations

import os
import shutil
import time
import typing as t

from .lab import LabNode
from .node import RULESET

BEFORE, WITHIN, AFTER = "before", "within", "after"
_FOLDER = "/run/killing"
# Runs the real program, but at one call ends the module: before the program runs, before it reads what it is given, or when it is done.
# Calls can come at the same time; only one of them can make a folder.
_NFT = """#!/bin/sh
call=1
while ! mkdir {folder}/calls/$call 2>/dev/null; do call=$((call + 1)); done
if [ "$call" -ne {number} ]; then exec {real} "$@"; fi
case {moment} in
before) kill -KILL "$(cat {folder}/pid)"; exit 1 ;;
within) kill -KILL "$(cat {folder}/pid)"; {real} "$@"; status=$?; : >{folder}/ended; exit $status ;;
after) {real} "$@"; status=$?; kill -KILL "$(cat {folder}/pid)"; exit $status ;;
esac
"""
_LATE = """#!/bin/sh
if [ "$*" = "{words}" ] && [ -e {window}/ready ] && mkdir {folder}/once 2>/dev/null; then
    {first}
    while [ -e {window}/state.pending ]; do sleep 0.1; done
    tenth=0
    while [ ! -e {window}/state.rolled-back ] && [ $tenth -lt {tenths} ]; do tenth=$((tenth + 1)); sleep 0.1; done
    {real} "$@"
    status=$?
    {last}
    exit $status
fi
exec {real} "$@"
"""
# Python imports this at its start.
_FILES = """
import os, signal
calls = 0
def deadly(real):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == {number} and {moment!r} == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        mine = calls
        try:
            return real(*args, **kwargs)
        finally:
            if mine == {number}:
                os.kill(os.getpid(), signal.SIGKILL)
    return call
for name in ("rename", "replace", "fsync", "unlink", "symlink"):
    setattr(os, name, deadly(getattr(os, name)))
"""


def killed_at_nft(node: LabNode, number: int, moment: str, name: str = RULESET, **options: t.Any) -> bool:
    """Whether the run got to that call of nft (from 1) and was killed there; False when it ended by itself."""
    real = node.run("sh", "-c", "command -v nft").strip()
    script = _NFT.format(folder=_FOLDER, number=number, moment=moment, real=real)
    # What outlives the run, as a watcher does, goes on with the program that it was given.
    harmless = _NFT.format(folder=_FOLDER, number=0, moment=moment, real=real)
    killed = _killed(node, "nft", (script, harmless), f"PATH={_FOLDER}:{node.path}", name, options)
    ended = node.file(f"{_FOLDER}/ended")
    while killed and moment == WITHIN and not ended.exists():
        # The program goes on alone.
        time.sleep(0.01)
    ended.unlink(missing_ok=True)
    return killed


def late_at_nft(node: LabNode, words: str, window: str, seconds: float, killed: str = "", name: str = RULESET, **options: t.Any) -> None:
    """A run whose first call of nft with these words, once its change is to be confirmed, comes only after the deadline: when the change is undone, or so
    many seconds after the deadline. window: the folder of the confirmation. killed: the run, C(BEFORE) or C(AFTER) that call; never by default.
    """
    folder = node.file(_FOLDER)
    folder.mkdir(exist_ok=True)
    kill = f'kill -KILL "$(cat {_FOLDER}/pid)"'
    first, last = (kill if killed == moment else ":" for moment in (BEFORE, AFTER))
    real = node.run("sh", "-c", "command -v nft").strip()
    script = _LATE.format(words=words, window=window, tenths=round(seconds * 10), folder=_FOLDER, real=real, first=first, last=last)
    (folder / "nft").write_text(script, encoding="utf-8")
    (folder / "nft").chmod(0o755)
    node.start(name, before=_begins(f"PATH={_FOLDER}:{node.path}"), **options).communicate(timeout=120)


def killed_at_file(node: LabNode, number: int, moment: str, name: str = RULESET, **options: t.Any) -> bool:
    """The same for the steps by which files come to last: renaming, removing, and writing them through to the disk."""
    script = _FILES.format(number=number, moment=moment)
    return _killed(node, "sitecustomize.py", (script, ""), f"PYTHONPATH={_FOLDER}", name, options)


def _killed(node: LabNode, file: str, scripts: tuple[str, str], setting: str, name: str, options: dict[str, t.Any]) -> bool:
    """scripts: what the file is during the run, and after it."""
    folder = node.file(_FOLDER)
    if not folder.exists():
        folder.mkdir()
    shutil.rmtree(folder / "calls", ignore_errors=True)
    (folder / "calls").mkdir()
    (folder / file).write_text(scripts[0], encoding="utf-8")
    (folder / file).chmod(0o755)
    process = node.start(name, before=_begins(setting), **options)
    out, err = process.communicate(timeout=120)
    # A process of the killed run may still be executing the first one.
    (folder / file).unlink()
    (folder / file).write_text(scripts[1], encoding="utf-8")
    (folder / file).chmod(0o755)
    if process.returncode == 0:
        return False
    if process.returncode != -9:
        raise AssertionError(f"{process.returncode}: {out}{err}")
    return True


def _begins(setting: str) -> tuple[str, ...]:
    """The words before the command of a run, whose process id is then known."""
    return ("sh", "-c", f'echo $$ >{_FOLDER}/pid; exec "$@"', "sh", "env", setting)


def leftovers(node: LabNode) -> set[str]:
    """All files that the module has on the node."""
    found = set()
    for top in ("/run/aks-dataplane", "/etc/aks-dataplane", "/etc/systemd/system"):
        root = node.file(top)
        for folder, _folders, files in os.walk(root):
            found |= {f"{top}/{os.path.relpath(os.path.join(folder, file), root)}" for file in files}
    return found
