# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS's iptables monitor makes of a node's rules; only as far as patterns mean the same in Go and in Python, as the published ones do."""

from __future__ import annotations

import contextlib
import re
import shlex
import typing as t

TABLES = ("nat", "mangle", "filter", "raw", "security")


def split_rule(rule: str) -> tuple[str, list[str]]:
    """Table and arguments of a rule as C(iptables) takes it: C([-t TABLE] -A CHAIN ...)."""
    words = shlex.split(rule)
    return (words[1], words[2:]) if words[:1] == ["-t"] else ("filter", words)


def unexpected(lines: t.Mapping[str, t.Sequence[str]], patterns: t.Mapping[str, str]) -> dict[str, list[str]]:
    """The lines that no pattern allows, by table; tables without any are left out.

    lines: what C(iptables -t TABLE -S) prints, by table; a table that could not be read is left out and so passes.
    patterns: the files of the ConfigMap, by name; that of the table and C(global) count.
    """
    found = {}
    for table in TABLES:
        allowed = [*_compiled(patterns.get(table, "")), *_compiled(patterns.get("global", ""))]
        strange = [line for line in lines.get(table, ()) if not any(pattern.search(line) for pattern in allowed)]
        if strange:
            found[table] = strange
    return found


def report(found: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """What the monitor logs about them."""
    reported = []
    for table, lines in found.items():
        reported += [*(f"Unexpected rule: {line}" for line in lines), f"Unexpected rules detected in table {table}"]
    return [*reported, "Above user iptables rules detected in IPv4 iptables"] if reported else []


def _compiled(text: str) -> t.Iterator[re.Pattern[str]]:
    for line in text.split("\n"):
        # The real one also passes over a pattern that it cannot compile.
        with contextlib.suppress(re.error):
            if line:
                yield re.compile(line, re.ASCII)
