# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one of the collection's modules in this process, with any supported ansible-core, and read what it printed."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import tempfile
import typing as t
from unittest import mock

from ansible.module_utils import basic

from .output import check_output

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core < 2.19

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, t.Any] | None = None) -> t.Iterator[None]:
        """What newer ansible-core offers under this name."""
        with mock.patch.object(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()):
            yield


@contextlib.contextmanager
def _as_on_a_target() -> t.Iterator[None]:
    """Where a test before has imported plugins, newer ansible-core would print warnings instead of returning them."""
    with contextlib.ExitStack() as stack:
        # ansible-core < 2.19 has no such thing.
        with contextlib.suppress(ImportError, AttributeError):
            stack.enter_context(mock.patch("ansible.module_utils._internal.is_controller", False))
        yield


def run_module(
    name: str,
    args: t.Mapping[str, t.Any],
    *,
    check: bool = False,
    diff: bool = False,
    env: t.Mapping[str, str] | None = None,
) -> dict[str, t.Any]:
    """The module's result; C(failed) is in it when it failed.

    name: without the collection. env: added to an environment that names no cloud and no cluster of its own.
    """
    from .simulator import clean_environment

    module = importlib.import_module(f"ansible_collections.aks.dataplane.plugins.modules.{name}")
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        home = {"HOME": scratch, "AZURE_CONFIG_DIR": os.path.join(scratch, ".azure")}
        stack.enter_context(mock.patch.dict(os.environ, {**clean_environment(), **home, **(env or {})}, clear=True))
        arguments = {
            **args,
            "_ansible_check_mode": check,
            "_ansible_diff": diff,
            "_ansible_remote_tmp": scratch,
            "_ansible_tmpdir": scratch,
        }
        stack.enter_context(patch_module_args(arguments))
        stack.enter_context(_as_on_a_target())
        stack.enter_context(contextlib.redirect_stdout(out))
        code: str | int | None = None
        try:
            module.main()
        except SystemExit as end:
            code = end.code
        else:
            raise RuntimeError(f"{name} ended without a result: {out.getvalue()!r}")
    check_output(out.getvalue(), name)
    result = _last_json(out.getvalue())
    if bool(code) != bool(result.get("failed")):
        raise RuntimeError(f"{name} ended with {code}, but its result says {result}")
    return result


def _last_json(text: str) -> dict[str, t.Any]:
    line = next(line for line in reversed(text.splitlines()) if line.startswith("{"))
    return json.loads(line)
