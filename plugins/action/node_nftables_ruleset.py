# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of the module of the same name: it reads the file, checks the data, and confirms a change over a new connection."""

from __future__ import annotations

import os
import time
import types
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase

from ..module_utils._common.choices import in_their_case
from ..module_utils._common.empty_options import without_empty
from ..module_utils._common.errors import DataplaneError
from ..module_utils._nft.declaration_pack import checked, pack
from ..module_utils._nft.declared import Declaration
from ..module_utils._nft.nft_errors import explain_refusal
from ..plugin_utils._declared_content import with_content
from ..plugin_utils._nft_conflicts import CONFLICT, conflicting
from ..plugin_utils._variable_names import refusal_in_role

Result = dict[str, t.Any]

# Taken in upper and lower case. On the node they are checked.
CHOICES = types.MappingProxyType({"state": {"choices": ["present", "absent"]}, "compare": {"choices": ["full", "hash"]}})

# Seconds between two tries to get through.
_PAUSE = 1.0
# Seconds after the end of the time that a node may take to undo the change and to be reached again.
_GRACE = 60.0

# Of elements that overlap, so many are named.
_PAIRS = 5
# So often a node may know nothing of a change: what watches over it notices within a second that its folder is gone, and then undoes the change.
_UNKNOWN = 10
_LOST = (
    "The node has no record of the change any more: it was restarted, which removes unconfirmed rules, or somebody removed"
    " /run/aks-dataplane; then what watched over the change undoes it. Run the task again to have the rules, and see that they are there."
)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    # Those of the task, when they were sent as text.
    _tables: list[t.Any] | None = None
    _declaration: Declaration | None = None
    _arguments: t.Mapping[str, t.Any] = types.MappingProxyType({})

    _clock = staticmethod(time.monotonic)
    _sleep = staticmethod(time.sleep)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        self._variables = task_vars or {}
        if refused := refusal_in_role(self, self._variables):
            return refused
        return self._with_options_as_given(_name_conflicts(self._explained(self._act()), str(self._arguments.get("content") or "")))

    def _act(self) -> Result:
        try:
            self._arguments = self._prepare_arguments()
        except DataplaneError as exc:
            return {"failed": True, "msg": exc.text, "error": exc.to_error()}
        seconds = _seconds(self._arguments.get("confirm_timeout"))
        if self._task.async_val:
            if seconds:
                raise AnsibleActionFail("confirm_timeout cannot be used together with async.")
            return self._execute_module(
                module_args=self._arguments, task_vars=self._variables, wrap_async=not self._connection.has_native_async
            )
        if not seconds or self._task.check_mode:
            return _clean_result(self._execute_module(module_args=self._arguments, task_vars=self._variables))
        return self._change_and_confirm(seconds)

    def _explained(self, result: Result) -> Result:
        """What nft said of the declaration, in the user's terms."""
        error = result.get("error") or {}
        if self._declaration is None or "said" not in error:
            return result
        explained = explain_refusal(error["said"], self._declaration, error["skipped"])
        return {**result, "msg": explained.text, "error": explained.to_error()}

    def _with_options_as_given(self, result: Result) -> Result:
        """As the task has them, not as the module got them."""
        shown = (result.get("invocation") or {}).get("module_args", {})
        if self._tables is not None and shown:
            shown.update(content=None, tables=self._tables)
        return result

    def _prepare_arguments(self) -> dict[str, t.Any]:
        arguments = in_their_case(without_empty(self._task.args), CHOICES)
        if isinstance(arguments.get("tables"), list) and all(arguments.get(name) is None for name in ("content", "src")):
            self._tables = arguments["tables"]
        arguments = with_content(self, arguments)
        content = arguments.get("content")
        if content is not None and arguments.keys().isdisjoint(("src", "tables")):
            self._declaration = checked(to_text(content), arguments.get("wire_origin"), arguments.get("wire_segments"))
            arguments["wire_declared"] = pack(self._declaration)
        return arguments

    def _change_and_confirm(self, seconds: int) -> Result:
        # A node that is unreachable from the beginning is reported immediately: later that could mean that the change has locked Ansible out.
        self._low_level_execute_command("true", sudoable=False)
        token = os.urandom(16).hex()
        first = self._run_step("arm", token)
        if isinstance(first, dict) and "confirmation" not in first and (not first.get("failed") or "error" in first):
            return _clean_result(first)
        until = self._clock() + seconds + _GRACE
        unknown = 0
        while self._clock() < until:
            answer = self._run_step_over_new_connection("confirm", token)
            window = answer.get("confirmation") if isinstance(answer, dict) else None
            if isinstance(answer, dict) and window and window["state"] == "confirmed":
                return _clean_result({**answer, "invocation": first.get("invocation")} if isinstance(first, dict) else answer)
            if window and window["state"] in ("rolled-back", "failed"):
                return self._rolled_back_result(window, first)
            if isinstance(answer, dict) and (answer.get("error") or {}).get("code") == "NotPersisted":
                # Confirmed, but not to outlive a reboot.
                return _clean_result(answer)
            if window and window["state"] is None:
                if not (isinstance(first, dict) and "confirmation" in first):
                    # Nothing was changed on the node.
                    return self._never_began(first)
                unknown += 1
                if unknown >= _UNKNOWN:
                    return _failed("ConfirmationLost", _LOST, first)
            self._sleep(_PAUSE)
        return _failed(
            "NoAnswer",
            f"The node is unreachable since the change. It rolls back the change after {seconds} s, unless it was switched off.",
            first,
        )

    def _run_step(self, step: str, token: str) -> Result | AnsibleError:
        """What the module returned; the error when that did not arrive."""
        arguments = {**self._arguments, "wire_confirm": {"token": token, "step": step}}
        try:
            return self._execute_module(module_args=arguments, task_vars=self._variables)
        except AnsibleError as exc:
            # Its folder on the node belongs to a connection that is gone.
            self._connection._shell.tmpdir = None
            return exc

    def _run_step_over_new_connection(self, step: str, token: str) -> Result | AnsibleError:
        """An established connection says nothing of whether the rules let a new one in."""
        try:
            self._connection.reset()
        except (AttributeError, AnsibleError):
            # Without one there is nothing to reset.
            self._connection.close()
        return self._run_step(step, token)

    def _rolled_back_result(self, window: t.Mapping[str, t.Any], first: Result | AnsibleError) -> Result:
        known = first if isinstance(first, dict) else window.get("result") or {}
        if window["state"] == "failed":
            return {
                **_failed("RollbackFailed", f"The change was not confirmed, and the node cannot roll it back: {window['log']}", known),
                "changed": True,
            }
        reason = known["msg"] if known.get("failed") else "No new connection succeeded in time."
        return {
            **_failed("RolledBack", f"The change was not confirmed, so the node has rolled it back. {reason}", known),
            "rolled_back": True,
        }

    def _never_began(self, first: Result | AnsibleError) -> Result:
        if isinstance(first, AnsibleError):
            raise first
        return _clean_result(first)


def _seconds(value: t.Any) -> int:
    """What is no number is for the module to complain about."""
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def _failed(code: str, message: str, known: Result | AnsibleError) -> Result:
    shown = {key: known[key] for key in ("tables", "plan", "diff", "invocation") if key in known} if isinstance(known, dict) else {}
    return _clean_result({**shown, "changed": False, "failed": True, "msg": message, "error": {"code": code, "message": message}})


def _name_conflicts(result: Result, text: str) -> Result:
    """The result with the elements of the text that nft means but does not name."""
    error = result.get("error") or {}
    if CONFLICT in str(error.get("message", "")) and (pairs := conflicting(text)):
        named = "; ".join(f"{one} and {other}" for one, other in pairs[:_PAIRS])
        result.update(msg=f"{result['msg']} These overlap: {named}.", error={**error, "conflicts": [list(pair) for pair in pairs[:_PAIRS]]})
    return result


def _clean_result(result: Result) -> Result:
    """Without what only the two parts have to say to each other."""
    result.pop("confirmation", None)
    arguments = (result.get("invocation") or {}).get("module_args", {})
    for name in ("wire_confirm", "wire_declared", "wire_origin", "wire_segments"):
        arguments.pop(name, None)
    return result
