# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""How lines for a person reach the screen, and how a failure is shown once, with any stdout callback."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

Result = dict[str, t.Any]


def show(lines: t.Sequence[str], details: t.Sequence[str] = ()) -> None:
    """Plain lines, on stdout. details: in their place with -v, where there are some."""
    display = Display()
    shown = details if details and display.verbosity else lines
    for line in shown:
        display.display(line, stderr=is_document(str(constants.DEFAULT_STDOUT_CALLBACK)))


def is_document(callback: str) -> bool:
    """Whether the stdout of this callback is read by programs, so that other lines would break it: they go to stderr then."""
    return "json" in callback.rpartition(".")[2]


class FailedOnce(AnsibleActionFail):
    """The failure of a task whose result says all: ansible-core 2.19 and newer would print its message twice."""

    omit_exception_key = True

    def __init__(self, result: Result) -> None:
        shown = {name: value for name, value in result.items() if name != "exception"}
        super().__init__(str(result.get("msg") or "Failed."), result=shown)
        # What older ones return; they put a traceback in.
        if isinstance(getattr(self, "result", None), dict) and "exception" in self.result:
            del self.result["exception"]
        self.shown = shown
