# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pattern of Go by itself, where the collection searches with all of a file together."""

from __future__ import annotations

from ansible_collections.aks.dataplane.plugins.module_utils._preflight.go_regexp import parse
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.linear_search import LinearSearch


def matcher(pattern: str) -> LinearSearch:
    """Searches with the pattern in single lines. Raises InvalidInGo, NotSure."""
    return LinearSearch([parse(pattern)])
