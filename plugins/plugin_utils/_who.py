# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has started a run, and with what: for its record."""

from __future__ import annotations

import functools
import getpass
import json
import pathlib
import platform
import typing as t

from ansible.release import __version__ as ansible_core

_COLLECTION = pathlib.Path(__file__).parents[2]
# What AWX and Tower, its former name, set for each job.
_JOB_USER = ("awx_user_name", "tower_user_name")


def operator(variables: t.Mapping[str, t.Any]) -> str:
    """The user of AWX who has launched the job, else the user of this machine that Ansible runs as; V('') where neither has a name."""
    for name in _JOB_USER:
        if isinstance(variables.get(name), str) and variables[name]:
            return str(variables[name])
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        # A container with an arbitrary user id, which no list of users has.
        return ""


@functools.lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of this collection, of ansible-core and of Python; without that of the collection where nobody wrote it down."""
    found = {"ansible_core": ansible_core, "python": platform.python_version()}
    collection = _collection()
    return {"collection": collection, **found} if collection else found


def _collection() -> str:
    """An installed collection has a manifest, a checkout the file that it is made from."""
    try:
        manifest = _COLLECTION / "MANIFEST.json"
        if manifest.is_file():
            return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
        lines = (_COLLECTION / "galaxy.yml").read_text(encoding="utf-8").splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("version:")), "")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
