# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the aks_* modules of local tasks as forks of Ansible, which has imported the SDKs once, instead of as new Python processes.

A playbook test is about the playbook; that modules work as payloads in processes of their own has tests of its own (C(payloads=True) of
tests/support/playbooks.py, the sessions of other ansible-cores, the trial of the installed collection). Only the start of the process is replaced:
arguments, results and errors go through Ansible's own code on both sides. For the local ansible-core.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import traceback
import typing as t

from ansible.executor import module_common
from ansible.module_utils import basic
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: in_process
type: notification
short_description: Run modules as forks, for tests
description: Runs the modules of C(aks.dataplane) that talk to Azure and Kubernetes as forks of the running Ansible.
"""

MODULES = "ansible_collections.aks.dataplane.plugins.modules"
PREFIX = "aks.dataplane.aks_"
PROFILE = "legacy"
# The environment variable with the path of the file of a further data plane.
DATA_PLANE = "IN_PROCESS_DATA_PLANE"
# What modules import when they need it: in vain for each of them, if not once in their parent.
SDKS = (
    "azure.identity",
    "azure.mgmt.containerservice",
    "azure.mgmt.core.policies",
    "kubernetes.client",
    "kubernetes.config",
    "kubernetes.stream",
)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "in_process"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._warm = False
        _replace_the_start_of_processes()
        if DATA_PLANE in os.environ:
            _register(os.environ[DATA_PLANE])

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        """In the parent of all workers, before the first task that needs them."""
        if not self._warm and task.action.startswith(PREFIX):
            for name in SDKS:
                importlib.import_module(name)
            gc.freeze()
            self._warm = True


def _register(file: str) -> None:
    """Import a module of the collection that declares a data plane: it makes itself known to the registry, in all processes that are forked."""
    name = f"{MODULES}.{os.path.basename(file).removesuffix('.py')}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(file)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


def _replace_the_start_of_processes() -> None:
    configure, pipelining, execute = ActionBase._configure_module, ActionBase._is_pipelining_enabled, ActionBase._low_level_execute_command

    def configure_module(self: t.Any, module_name: str, module_args: t.Any, task_vars: t.Any) -> t.Any:
        if not _replaces(self, module_name):
            return configure(self, module_name, module_args, task_vars)
        encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": module_args}, cls=encoder).encode()
        self._forked = module_name.rpartition(".")[2]
        return module_common._BuiltModule(
            b_module_data=arguments, module_style="new", shebang=f"#!{sys.executable}", serialization_profile=PROFILE
        ), self._forked

    def is_pipelining_enabled(self: t.Any, module_style: str, wrap_async: bool = False) -> bool:
        return bool(getattr(self, "_forked", None)) or pipelining(self, module_style, wrap_async)

    def low_level_execute_command(self: t.Any, cmd: str, *args: t.Any, in_data: bytes | None = None, **kwargs: t.Any) -> t.Any:
        name = getattr(self, "_forked", None)
        if name is None or in_data is None:
            return execute(self, cmd, *args, in_data=in_data, **kwargs)
        environment: dict[str, t.Any] = {}
        self._compute_environment_string(environment)
        return _run(name, in_data, {key: str(value) for key, value in environment.items()})

    ActionBase._configure_module = configure_module
    ActionBase._is_pipelining_enabled = is_pipelining_enabled
    ActionBase._low_level_execute_command = low_level_execute_command


def _replaces(action: t.Any, module_name: str) -> bool:
    """One of ours on this machine, by the user and with the Python that Ansible itself has."""
    task = action._task
    return (
        module_name.startswith(PREFIX)
        and action._connection.transport.endswith("local")
        and not (task.async_val or task.become or task.delegate_to)
    )


def _run(name: str, arguments: bytes, environment: t.Mapping[str, str]) -> dict[str, t.Any]:
    """The module's exit code and output, in a process that ends with it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            _become(name, arguments, environment, out.fileno(), err.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        stdout, stderr = (file.seek(0) or file.read().decode("utf-8", "surrogateescape") for file in (out, err))
    return {"rc": code, "stdout": stdout, "stdout_lines": stdout.splitlines(), "stderr": stderr, "stderr_lines": stderr.splitlines()}


def _become(name: str, arguments: bytes, environment: t.Mapping[str, str], out: int, err: int) -> t.NoReturn:
    code: t.Any = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, target in ((out, 1), (err, 2)):
            os.dup2(descriptor, target)
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w"), encoding="utf-8") for number in (1, 2))
        os.environ.update(environment)
        basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = arguments, PROFILE
        importlib.import_module(f"{MODULES}.{name}").main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
