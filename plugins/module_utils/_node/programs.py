"""Programs of a node: where they are found, and how they are run."""

from __future__ import annotations

import os
import shutil
import typing as t

from .program_result import Ran

SEARCH_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
# run_command of AnsibleModule.
RunCommand = t.Callable[..., tuple[int, str, str]]


def find_program(name: str) -> str | None:
    """Its path; None when there is no such program."""
    return shutil.which(name, path=SEARCH_PATH)


def run_program(run_command: RunCommand, *words: str, data: str | None = None, **environment: str) -> Ran:
    """Run it to its end, with messages in English. data: its input. OSError when it cannot be started."""
    environment = {"PATH": SEARCH_PATH, "LC_ALL": "C", **environment}
    return Ran(*run_command(list(words), data=data, environ_update=environment, handle_exceptions=False))
