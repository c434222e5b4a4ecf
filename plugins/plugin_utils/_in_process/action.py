# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The base of the action plugins of the modules for Azure and Kubernetes: they run in Ansible's own process where that makes no difference.

Ansible's own code prepares the arguments and reads the result. Only the start of a process in between is replaced.
"""

from __future__ import annotations

import os
import sys
import typing as t

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from .._paths import absolute_environment, with_absolute_paths
from . import child, core
from .decision import Asked, why_ordinary

Result = dict[str, t.Any]


class InProcess(ActionBase):
    """An action whose module runs in a fork of the worker, or as an ordinary module (C(why_ordinary))."""

    # The module that is about to run in a fork.
    _forked: str | None = None

    def _execute_module(
        self,
        module_name: str | None = None,
        module_args: Result | None = None,
        tmp: str | None = None,
        task_vars: Result | None = None,
        persist_files: bool = False,
        delete_remote_tmp: bool | None = None,
        wrap_async: bool = False,
        **others: t.Any,
    ) -> Result:
        name = module_name or self._task.action
        reason = why_ordinary(self._asked(task_vars or {}, wrap_async))
        if reason:
            Display().vvv(f"{name} runs as a separate process: {reason}")
        self._forked = None if reason else self._file_of(name)
        module_args = self._task.args if module_args is None else module_args
        if self._is_here():
            module_args = with_absolute_paths(module_args, self._loader.get_basedir())
        try:
            return t.cast(
                Result,
                super()._execute_module(
                    module_name=name,
                    module_args=module_args,
                    tmp=tmp,
                    task_vars=task_vars,
                    persist_files=persist_files,
                    delete_remote_tmp=delete_remote_tmp,
                    wrap_async=wrap_async,
                    **others,
                ),
            )
        finally:
            self._forked = None

    def _file_of(self, name: str) -> str:
        """The file of the module that a name leads to: a former name has none."""
        loader = self._shared_loader_obj.module_loader
        # That it is deprecated was said when the task was read.
        found = loader.find_plugin_with_context(name, ignore_deprecated=True, collection_list=self._task.collections)
        return str(found.resolved_fqcn or name).rpartition(".")[2]

    def _asked(self, variables: Result, wrap_async: bool) -> Asked:
        delegated = self._task.delegate_to
        host = variables["ansible_delegated_vars"][delegated] if delegated else variables
        return Asked(
            transport=self._connection.transport,
            interpreter=core.interpreter(self, host),
            running=sys.executable,
            become=bool(self._connection.become or self._play_context.become),
            background=bool(wrap_async or self._task.async_val),
            keep_files=bool(constants.DEFAULT_KEEP_REMOTE_FILES),
            environment=frozenset(self._environment()),
        )

    def _is_here(self) -> bool:
        """Whether the module runs on this machine as this user, so that paths are those of the operator."""
        return self._connection.transport == "local" and not (self._connection.become or self._play_context.become)

    def _compute_environment_string(self, raw_environment_out: dict[str, t.Any] | None = None) -> str:
        """Of the task; relative paths of the operator begin where Ansible was started, and the module does not run there."""
        found: Result = {}
        shown = super()._compute_environment_string(found)
        paths = absolute_environment({**os.environ, **{name: str(value) for name, value in found.items()}}, self._loader.get_basedir())
        if raw_environment_out is not None:
            raw_environment_out.update(found)
        if not self._is_here() or not paths:
            return str(shown)
        if raw_environment_out is not None:
            raw_environment_out.update(paths)
        return str(self._connection._shell.env_prefix(**{**found, **paths}))

    def _environment(self) -> dict[str, str]:
        found: Result = {}
        self._compute_environment_string(found)
        return {name: str(value) for name, value in found.items()}

    def _configure_module(self, module_name: str, module_args: Result, task_vars: Result) -> t.Any:
        if self._forked is None:
            return super()._configure_module(module_name=module_name, module_args=module_args, task_vars=task_vars)
        return core.configured(core.encode(module_args), module_name)

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        # Nothing is to be copied to anywhere first.
        return self._forked is not None or bool(super()._is_pipelining_enabled(module_style, wrap_async))

    def _low_level_execute_command(self, cmd: str, sudoable: bool = True, in_data: bytes | None = None, **others: t.Any) -> Result:
        if self._forked is None or in_data is None:
            return t.cast(Result, super()._low_level_execute_command(cmd, sudoable=sudoable, in_data=in_data, **others))
        # As Ansible does for this connection: relative paths start from the playbook's folder.
        return child.run(child.Call(self._forked, in_data, self._environment(), self._loader.get_basedir()))


class ActionModule(InProcess):
    """The action of a module that needs nothing else."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        """The result of the module of the task's name."""
        super().run(tmp, task_vars)
        return self._execute_module(task_vars=task_vars, wrap_async=bool(self._task.async_val) and not self._connection.has_native_async)
