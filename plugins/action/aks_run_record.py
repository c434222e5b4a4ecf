# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of the same name, without a process of its own: a run has many events, and the record is on the controller anyway."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._common.errors import DataplaneError
from ..module_utils._record.recorder import ARGUMENTS, note


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        # Plain values: those of templates carry tags that have no place in a record.
        self._task.args = json.loads(json.dumps(self._task.args))
        _checked, params = self.validate_argument_spec(**ARGUMENTS.to_kwargs())
        try:
            return {"changed": False, **note(params, self._task.check_mode)}
        except DataplaneError as exc:
            return {"failed": True, "msg": exc.text, "error": exc.to_error(), **exc.result}
