# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What differs between the versions of ansible-core where a module begins."""

from __future__ import annotations

import contextlib
import json
import sys
import typing as t

from ansible.executor import module_common
from ansible.executor.interpreter_discovery import InterpreterDiscoveryRequiredError
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.action import ActionBase

try:
    from ansible.module_utils import _internal
    from ansible.module_utils._internal._ansiballz import _loader
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:
    # ansible-core before 2.19.
    _internal = None

_PROFILE = "legacy"


def interpreter(action: ActionBase, variables: dict[str, t.Any]) -> str:
    """The Python that Ansible would start for a module, as written; empty when it would look for one first. variables: of the task's host."""
    local = bool(getattr(action._connection, "_remote_is_local", False))
    try:
        return str(module_common._get_shebang("/usr/bin/python", variables, action._templar, remote_is_local=local)[1])
    except InterpreterDiscoveryRequiredError:
        return ""


def encode(arguments: dict[str, t.Any]) -> bytes:
    """The arguments as a module reads them: with what C(!vault) hides, and with tags."""
    document = {"ANSIBLE_MODULE_ARGS": arguments}
    if _internal is not None:
        return json.dumps(document, cls=get_module_encoder(_PROFILE, Direction.CONTROLLER_TO_MODULE)).encode()
    from ansible.parsing.ajson import AnsibleJSONEncoder

    return json.dumps(document, cls=AnsibleJSONEncoder, vault_to_text=True).encode()


def configured(encoded: bytes, name: str) -> tuple[t.Any, ...]:
    """What C(ActionBase._configure_module) returns, for arguments in the place of a payload."""
    shebang = f"#!{sys.executable}"
    if _internal is not None:
        built = module_common._BuiltModule(b_module_data=encoded, module_style="new", shebang=shebang, serialization_profile=_PROFILE)
        return built, name
    return "new", shebang, encoded, name


def begin(encoded: bytes) -> None:
    """In a process that is to be a module, and nothing of Ansible any more."""
    basic._ANSIBLE_ARGS = encoded
    if _internal is not None:
        basic._ANSIBLE_PROFILE = _PROFILE
        # Else warnings go to the screen, and not into the result.
        _internal.is_controller = False
    for name in ("_global_warnings", "_global_deprecations"):
        with contextlib.suppress(AttributeError):
            getattr(warnings, name).clear()


def report(exc: Exception) -> t.NoReturn:
    """End a module that raised what it should have handled."""
    if _internal is not None:
        _loader._handle_exception(exc, _PROFILE)
    raise exc
