# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that waits; the specification is in module_utils/_common/waiting.py.

    The default of C(wait_timeout) is the module's own, so each module documents that option itself.
    """

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the work is done.
      - While waiting, the module shows a line of progress when the phase changes and about once a minute. Check mode never waits.
    type: bool
    default: true
  poll_interval:
    description: Seconds between two requests, unless Azure asks for a longer pause.
    type: int
    default: 10
  wait_step:
    description: "Internal: used by the action plugin of the same name to show the progress."
    version_added: 1.0.0
    type: str
"""
