# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of the same name, unchanged. In the role node_ruleset it comes first, so that it also looks at the names of variables."""

from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as Ordinary

from ..plugin_utils._variable_names import refusal_in_role

Result = dict[str, t.Any]


class ActionModule(Ordinary):
    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """The result of the module, or of the refusal of a name."""
        return refusal_in_role(self, task_vars or {}) or super().run(tmp, task_vars)
