# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, shown to the user without a traceback."""

from __future__ import annotations


class LabError(Exception):
    """Expected: its text says what failed, and where to look."""
