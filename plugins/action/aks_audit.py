# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ..module_utils._audit.entry import entry
from ..module_utils._audit.report import details
from ..module_utils._common.choices import in_their_case
from ..module_utils._common.empty_options import is_empty
from ..module_utils._common.errors import DataplaneError
from ..module_utils._run import choices
from ..module_utils._run.naming import in_variables
from ..plugin_utils._in_process import action
from ..plugin_utils._in_process.warm import AZURE, KUBERNETES, warm
from ..plugin_utils._role_input import check_values
from ..plugin_utils._variable_names import refusal_in_role

Result = dict[str, t.Any]

warm("aks_audit", packages=(*AZURE, *KUBERNETES))


class ActionModule(action.ActionModule):
    """In the role audit, the module is what looks at the names and the values of variables."""

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """The result of the module, or of the refusal of a variable. In the playbook, a failure of a cluster is a part of the report."""
        variables = task_vars or {}
        of_host = self._task._role is not None and bool(self._task.args.get("host"))
        refused = refusal_in_role(self, variables)
        if not of_host:
            return refused or super().run(tmp, task_vars)
        result = refused or self._wrong_values(variables) or super().run(tmp, task_vars)
        if not result.get("failed") or not variables.get("__aks_dataplane_holds"):
            return result
        asked = {name: str(self._task.args.get(name) or "") for name in ("host", "resource_group")}
        seen = entry({**asked, "cluster": str(self._task.args.get("name") or ""), "error": in_variables(str(result.get("msg")))})
        return {"changed": False, "entry": seen, "lines": details(seen)}

    def _wrong_values(self, variables: Result) -> Result:
        """The failed result for values that the role does not take, else an empty one."""
        if not self._task.args.get("resource_group"):
            return {"failed": True, "changed": False, "msg": "aks_dataplane_resource_group is missing."}
        asked = {choices.PROFILE: self._task.args.get("rule_set"), choices.KUBERNETES_VIA: self._task.args.get("kubernetes_via")}
        wrong = choices.objection(in_their_case({name: value for name, value in asked.items() if value}, choices.variable_options()))
        if not wrong:
            empty = [name for name, value in variables.items() if name.startswith("aks_dataplane_") and is_empty(value)]
            try:
                check_values(self, ("audit",), variables, entry="cluster", empty=empty)
            except DataplaneError as exc:
                wrong = exc.text
        return {"failed": True, "changed": False, "msg": wrong} if wrong else {}
