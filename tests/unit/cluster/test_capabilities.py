# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What root may: what a cluster needs of it, and what containers cannot be given."""

from __future__ import annotations

import pytest

from tests.cluster import capabilities

STATUS = "Name:\tpython\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t{effective}\nCapBnd:\t{bounding}\nCapAmb:\t0\n"
ALL = "000001ffffffffff"
# As Docker gives them, and all but CAP_SYS_RESOURCE (24).
DOCKER, NO_RESOURCE = "00000000a80425fb", "000001fffeffffff"


@pytest.mark.parametrize(
    ("effective", "bounding", "needed", "absent"),
    [
        (ALL, ALL, [], []),
        (NO_RESOURCE, ALL, [], ["CAP_SYS_RESOURCE"]),
        # What a process has, but may not hand on.
        (ALL, NO_RESOURCE, [], ["CAP_SYS_RESOURCE"]),
        (DOCKER, DOCKER, ["CAP_NET_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_SYSLOG"], None),
    ],
)
def test_what_is_missing(effective: str, bounding: str, needed: list[str], absent: list[str] | None) -> None:
    bits = capabilities.held(STATUS.format(effective=effective, bounding=bounding))
    assert capabilities.needed(bits) == needed
    if absent is not None:
        assert capabilities.absent(bits) == absent
