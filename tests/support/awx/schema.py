# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that the roles of infra.aap_configuration take, of those that are used here, with the types of their values. By the variable of the role."""

from __future__ import annotations

_NAMED = {"name": str, "description": str, "organization": str}
_NOTIFYING = {f"notification_templates_{event}": list for event in ("started", "success", "error")}
_JOBS = {
    **_NAMED,
    **_NOTIFYING,
    "inventory": str,
    "allow_simultaneous": bool,
    "ask_limit_on_launch": bool,
    "ask_variables_on_launch": bool,
    "survey_enabled": bool,
    "survey_spec": dict,
}

OBJECTS: dict[str, dict[str, type]] = {
    "controller_credential_types": {"name": str, "description": str, "kind": str, "inputs": dict, "injectors": dict},
    "controller_credentials": {**_NAMED, "credential_type": str, "inputs": dict},
    "controller_execution_environments": {**_NAMED, "image": str, "credential": str, "pull": str},
    "controller_projects": {
        **_NAMED,
        "default_environment": str,
        "scm_type": str,
        "scm_url": str,
        "scm_branch": str,
        "scm_update_on_launch": bool,
    },
    "controller_inventories": _NAMED,
    "controller_inventory_sources": {
        **_NAMED,
        "inventory": str,
        "source": str,
        "source_project": str,
        "source_path": str,
        "credential": str,
        "execution_environment": str,
        "overwrite": bool,
        "overwrite_vars": bool,
        "update_on_launch": bool,
        "update_cache_timeout": int,
    },
    "controller_templates": {
        **_JOBS,
        "project": str,
        "playbook": str,
        "execution_environment": str,
        "credentials": list,
        "job_type": str,
        "diff_mode": bool,
        "job_slice_count": int,
        "ask_credential_on_launch": bool,
        "extra_vars": dict,
    },
    "controller_workflows": {**_JOBS, "notification_templates_approvals": list, "simplified_workflow_nodes": list},
    "controller_schedules": {**_NAMED, "unified_job_template": str, "rrule": str, "limit": str, "enabled": bool},
}
