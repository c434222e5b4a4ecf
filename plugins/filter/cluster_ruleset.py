# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..module_utils._ruleset.findings import lines, objection


class FilterModule:
    """The filters of the role node_ruleset for clusters; each is documented in the file of its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By the names that templates use."""
        return {"ruleset_lines": lines, "ruleset_objection": objection}
