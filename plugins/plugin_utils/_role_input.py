# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The variables of a host by the specifications of roles. Ansible's own check of them shows the whole specification for one wrong value."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.module_utils.common.validation import check_type_dict
from ansible.plugins.action import ActionBase

from ..module_utils._common.errors import DataplaneError
from ..module_utils._common.spelling import did_you_mean
from ..module_utils._run.wrong_values import sentences
from ._module_call import call_module

ROLES = pathlib.Path(__file__).parents[2] / "roles"
# Of the playbooks over clusters.
RUNS = ("feature_registration", "preflight", "switchover", "verification")
# Whose hosts are nodes or clusters, which no run of the others has checked.
RULESET = "node_ruleset"
_OURS = "aks.dataplane."


def dependent(action: ActionBase) -> tuple[str, str]:
    """The role of this collection that the task's role is a dependency of, and its entry point; nothing when there is none."""
    role = _parent(action)
    return (_short_name(role), str(role._from_files.get("tasks", "main"))) if role is not None else ("", "")


def _parent(action: ActionBase) -> t.Any:
    # The last one is the role of the task.
    return next((role for role in reversed((action._task.get_dep_chain() or [])[:-1]) if str(role.get_name()).startswith(_OURS)), None)


def _short_name(role: t.Any) -> str:
    return str(role.get_name()).removeprefix(_OURS)


def check_parameters(action: ActionBase, role: str, entry: str) -> None:
    """DataplaneError for a parameter that this role does not have, where it is a dependency's parent: Ansible would list all that it has."""
    known = _options(action, role, entry)
    unknown = [name for name in getattr(_parent(action), "_role_params", None) or {} if name not in known]
    if unknown:
        raise DataplaneError(
            " ".join(f"The role {_OURS}{role} has no variable {name}.{did_you_mean(name, known)}" for name in unknown),
            remedy=f"Remove it from the parameters of the role; ansible-doc --type role {_OURS}{role} lists those that there are.",
            code="UnknownParameter",
        )


def check_values(
    action: ActionBase,
    roles: t.Sequence[str],
    variables: dict[str, t.Any],
    *,
    entry: str = "main",
    later: t.Sequence[str] = (),
    empty: t.Collection[str] = (),
) -> None:
    """DataplaneError with one sentence for each wrong value.

    later: roles that may follow, whose variables need not be there yet. empty: names of variables that count as not set.
    """
    options: dict[str, t.Any] = {}
    for role in later:
        options |= {name: {**option, "required": False} for name, option in _options(action, role, "main").items()}
    for role in roles:
        options |= _options(action, role, entry)
    options = {name: option for name, option in options.items() if name not in empty}
    wrong = [name for name, option in options.items() if "options" in option and not _is_mapping(action, variables.get(name))]
    if wrong:
        # Ansible would look for keys in it.
        raise DataplaneError(" ".join(f"value of {name} must be a dictionary." for name in wrong))
    found = call_module(action, "ansible.builtin.validate_argument_spec", {"argument_spec": options}, variables)
    if found.get("failed"):
        raise DataplaneError(" ".join(sentences(found.get("argument_errors") or [str(found.get("msg"))])))


def _options(action: ActionBase, role: str, entry: str) -> dict[str, t.Any]:
    # What Ansible has read already, and not a copy of it.
    specs = action._loader.load_from_file(str(ROLES / role / "meta" / "argument_specs.yml"), unsafe=True)["argument_specs"]
    return specs.get(entry, {}).get("options") or {}


def _is_mapping(action: ActionBase, given: t.Any) -> bool:
    """Or text that Ansible takes for one, or nothing."""
    value = action._templar.template(given)
    try:
        return value is None or isinstance(check_type_dict(value), dict)
    except TypeError:
        return False
