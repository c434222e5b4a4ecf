# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program said, for a message."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node.program_result import Ran
from ansible_collections.aks.dataplane.plugins.module_utils._node.programs import find_program

PICTURE = "/dev/fd/3:1:1-5: Error: syntax error\ntabel x\n^^^^^"


@pytest.mark.parametrize(
    ("ran", "complaint", "last"),
    [
        (Ran(1, "", f"{PICTURE}\n"), PICTURE, "^^^^^"),
        (Ran(1, "to the output\n", ""), "to the output", "to the output"),
        (Ran(1, "ignored", "# Warning: old tables\n\n  no such chain \n\n"), "# Warning: old tables\n\n  no such chain", "no such chain"),
        (Ran(3, "", ""), "exit status 3", "exit status 3"),
        (Ran(-11, "", "\n"), "ended by signal 11", "ended by signal 11"),
    ],
)
def test_what_was_said(ran: Ran, complaint: str, last: str) -> None:
    assert (ran.complaint, ran.last_line) == (complaint, last)


def test_a_program_that_is_not_there() -> None:
    assert find_program("sh") is not None
    assert find_program("no-such-program") is None
