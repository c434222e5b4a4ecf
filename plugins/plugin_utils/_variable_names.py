# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Names of variables that are nearly those of the collection, among all that a host has. Only names are looked at: no value becomes a template."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils._common.errors import DataplaneError
from ..module_utils._run.unknown_variables import ALLOWED, candidates, judge, listed


def check_names(action: ActionBase, variables: dict[str, t.Any], hosts: t.Sequence[str] = ()) -> None:
    """Warn of names that are unknown; DataplaneError for those that are misspelt.

    variables: of the task. hosts: further ones whose variables count, those that do not come from plays.
    """
    found = candidates(variables)
    if found and ALLOWED in variables:
        found -= set(listed(action._templar.template(variables[ALLOWED])))
    for host in hosts:
        others = variables["hostvars"][host]
        if theirs := candidates(others):
            found |= theirs - set(listed(others.get(ALLOWED)))
    judgement = judge(found)
    for text in judgement.warnings:
        Display().warning(text)
    judgement.check()


def refusal_in_role(action: ActionBase, variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """The failed result of a task of a role of this collection whose host has a misspelt variable, else an empty one."""
    role = action._task._role
    if role is None or not str(role.get_name()).startswith("aks.dataplane."):
        return {}
    try:
        check_names(action, variables)
    except DataplaneError as exc:
        return {"failed": True, "msg": exc.text, "error": exc.to_error()}
    return {}
