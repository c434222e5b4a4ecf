# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""A module that an action plugin calls as if the task had named it: with the module's own action plugin, and the defaults that the play has for it."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ._in_process.action import ActionModule

Result = dict[str, t.Any]


def call_module(action: ActionBase, module: str, options: t.Mapping[str, t.Any], variables: dict[str, t.Any]) -> Result:
    """The module's result. action: the plugin of the task, whose keywords hold for the module. module: its full name. variables: of the task."""
    task = action._task.copy()
    task.action = module
    task.args = _with_defaults(action, module, dict(options))
    keywords = {
        "task": task,
        "connection": action._connection,
        "play_context": action._play_context,
        "loader": action._loader,
        "templar": action._templar,
        "shared_loader_obj": action._shared_loader_obj,
    }
    # A module without a separate plugin has that of the modules of this collection.
    plugin = action._shared_loader_obj.action_loader.get(module, **keywords) or ActionModule(**keywords)
    return t.cast(Result, plugin.run(task_vars=variables))


def _with_defaults(action: ActionBase, module: str, options: Result) -> Result:
    """The options, and those of the play's C(module_defaults) that are not among them."""
    try:
        from ansible.executor.module_common import _apply_action_arg_defaults as with_defaults
    except ImportError:
        # ansible-core before 2.19.
        from ansible.executor.module_common import get_action_args_with_defaults

        groups = action._task._parent._play._action_groups
        return t.cast(Result, get_action_args_with_defaults(module, options, action._task.module_defaults, action._templar, groups))
    return t.cast(Result, with_defaults(module, action._task, options, action._templar))
