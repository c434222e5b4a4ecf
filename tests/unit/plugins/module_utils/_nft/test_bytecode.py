# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instructions of rules, out of what nft prints for a declaration and for a live table."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.bytecode import parse_bytecode

DECLARED = """\
inet (null) (null) use 0 type filter hook input prio 0 packets 0 bytes 0
s probe 0
s probe 0
\telement 010200c0  : 0 [end]\telement 020200c0  : 0 [end]
__set%d probe 3 size 2
__set%d probe 0
\telement 00001600  : 0 [end]\telement 00005000  : 0 [end]
inet probe input
  [ lookup reg 1 set __set%d ]
  [ counter pkts 0 bytes 0 ]

__set%d probe 3 size 1
__set%d probe 0
\telement 00001700  : 0 [end]
inet probe input
  [ lookup reg 1 set __set%d ]
  [ immediate reg 0 drop ]

"""
LIVE = """\
inet ours @s
\telement 020200c0  : 0 [end]
\telement 010200c0  : 0 [end]
inet ours @__set1
\telement 00001700  : 0 [end]
inet ours @__set0
\telement 00005000  : 0 [end]
\telement 00001600  : 0 [end]
inet ours input 7
  [ lookup reg 1 set __set0 0x0 ]
  [ counter pkts 12 bytes 900 ]

inet ours input 8 7
  [ lookup reg 1 set __set1 0x0 ]
  [ immediate reg 0 drop ]

inet others input 3
  [ immediate reg 0 accept ]

table inet ours {
\tset s {
\t}
}
"""


def test_same() -> None:
    assert parse_bytecode(DECLARED, "inet", "probe").equals(parse_bytecode(LIVE, "inet", "ours"), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("element 010200c0", "element 030200c0"),
        ("element 00005000", "element 00006000"),
        ("immediate reg 0 drop", "immediate reg 0 accept"),
        ("inet ours input 8 7", "inet ours output 8 7"),
        ("__set0 0x0", "__set1 0x0"),
        ("  [ counter pkts 12 bytes 900 ]\n", ""),
    ],
)
def test_different(old: str, new: str) -> None:
    assert old in LIVE
    assert not parse_bytecode(DECLARED, "inet", "probe").equals(parse_bytecode(LIVE.replace(old, new), "inet", "ours"), ())


def test_learned_elements_do_not_count() -> None:
    live = parse_bytecode(LIVE.replace("element 010200c0", "element 030200c0"), "inet", "ours")
    assert parse_bytecode(DECLARED, "inet", "probe").equals(live, {"s"})


def test_state_does_not_count() -> None:
    declared = "inet probe c\n  [ quota bytes 100 consumed 0 flags 1 ]\n  [ last never ]\n"
    live = "inet ours c 4\n  [ quota bytes 100 consumed 7 flags 1 ]\n  [ last 12345 ]\n"
    assert parse_bytecode(declared, "inet", "probe").equals(parse_bytecode(live, "inet", "ours"), ())
