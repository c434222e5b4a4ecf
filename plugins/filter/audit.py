# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..module_utils._audit.entry import entry, verdicts
from ..module_utils._audit.report import details, table


class FilterModule:
    """The filters of the role audit; each is documented in the file of its name."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By the names that templates use."""
        return {"audit_entry": entry, "audit_table": table, "audit_details": details, "audit_verdicts": verdicts}
