# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..module_utils._nft.findings import findings


def nft_findings(
    result: t.Mapping[str, t.Any], before: t.Iterable[t.Mapping[str, t.Any]], present: bool, dry: bool
) -> list[dict[str, t.Any]]:
    """The findings as data, each with its text."""
    return [
        {
            "table": f"{item.family} {item.name}",
            "family": item.family,
            "name": item.name,
            "verdict": item.verdict,
            "changes": item.changes,
            "drift": item.drift,
            "text": item.text(dry),
        }
        for item in findings(result, before, present)
    ]


class FilterModule:
    """The filter of the role node_ruleset; it is documented in the file of its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By the name that templates use."""
        return {"nft_findings": nft_findings}
