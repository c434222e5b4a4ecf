# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Whether a task may run in Ansible's own process, or needs an ordinary module process."""

from __future__ import annotations

import dataclasses

# Read once, when an interpreter or a library of it starts: a fork would not notice them. HOME leads to packages, the language to encodings.
_READ_AT_START = ("PYTHON", "LD_", "DYLD_", "OPENSSL_", "HOME", "LANG", "LC_")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a task asks for.

    transport: of the connection. interpreter: as written, empty when Ansible has to discover it. running: the interpreter that runs Ansible, as
    written. background: C(async). keep_files: the operator wants to see the files of the module. environment: names of the task's variables.
    """

    transport: str
    interpreter: str
    running: str
    become: bool
    background: bool
    keep_files: bool
    environment: frozenset[str]


def why_ordinary(asked: Asked) -> str | None:
    """Why the task needs a separate process; None when it needs none."""
    if asked.transport not in ("local", "ansible.builtin.local"):
        return f"the connection is {asked.transport}"
    if asked.become:
        return "it becomes another user"
    if asked.background:
        return "it is asynchronous"
    if asked.keep_files:
        return "remote files are kept"
    # Never by what a link leads to: the Python of a virtual environment is a link to the system's, which has other packages.
    if asked.interpreter != asked.running:
        return f"the interpreter is {asked.interpreter or 'not known yet'}"
    early = sorted(name for name in asked.environment if name.startswith(_READ_AT_START))
    return f"the environment sets {early[0]}" if early else None
