# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no output of ours may hold, whatever a test is about."""

from __future__ import annotations

_BEGINNING = "Traceback (most recent call last)"
_SHOWN = 4000


def check_output(text: str, of: str) -> None:
    """AssertionError for a traceback: an error of ours is a sentence. of: what said this."""
    place = text.find(_BEGINNING)
    if place >= 0:
        raise AssertionError(f"{of} ended in a traceback: {text[max(0, place - _SHOWN // 4) : place + _SHOWN]}")
