# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the test of the installed collection makes of the output of a playbook."""

from __future__ import annotations

from tests.support.installed import changes

RECAP = """TASK [Summary] ****
ok: [aks-prod-1]
PLAY RECAP *********************************************************************
aks-prod-1                 : ok=61   changed=2    unreachable=0    failed=0    skipped=31   rescued=0    ignored=0
aks-prod-2                 : ok=61   changed=0    unreachable=0    failed=0    skipped=31   rescued=0    ignored=0
localhost                  : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
"""


def test_changes_by_host() -> None:
    assert changes(RECAP) == {"aks-prod-1": 2, "aks-prod-2": 0}
    assert changes("PLAY [x]\n") == {}
