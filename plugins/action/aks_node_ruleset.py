# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of the module of the same name: it reads the file or makes text of the data, and shows how far the rollout is."""

from __future__ import annotations

import typing as t

from ..module_utils._common.empty_options import without_empty
from ..module_utils._common.errors import DataplaneError
from ..plugin_utils._declared_content import SOURCES, with_content
from ..plugin_utils._in_process.warm import AZURE, KUBERNETES, warm
from ..plugin_utils._progress import ActionModule as Progress

warm("aks_node_ruleset", packages=(*AZURE, *KUBERNETES))


class ActionModule(Progress):
    """As the actions of all modules that wait."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The result of the module, with the options as the task has them."""
        given = self._task.args
        try:
            self._task.args = with_content(self, without_empty(given))
        except DataplaneError as exc:
            return {"failed": True, "msg": exc.text, "error": exc.to_error()}
        try:
            result = super().run(tmp, task_vars)
        finally:
            self._task.args = given
        shown = (result.get("invocation") or {}).get("module_args", {})
        if shown:
            shown.update({name: given.get(name) for name in SOURCES})
            for name in ("wire_origin", "wire_segments"):
                shown.pop(name, None)
        return result
