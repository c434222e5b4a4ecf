# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Paths of the controller that users write: what a relative one means in playbooks, roles and modules."""

from __future__ import annotations

import os
import typing as t

# Options that name files and folders, and the one that may name several.
PATHS = ("config_file", "record_dir", "render_to", "x509_certificate_path", "oidc_token_file_path")
SEVERAL = "kubeconfig"
# Variables of the environment that stand for such options, or that the programs behind them read.
ENVIRONMENT = ("AZURE_X509_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CONFIG_DIR")
ENVIRONMENT_SEVERAL = ("K8S_AUTH_KUBECONFIG", "KUBECONFIG")


def absolute(path: str, playbook_folder: str) -> str:
    """The path with C(~) and variables of the environment filled in. A relative one begins where Ansible was started.

    A file that is only in the folder of the playbook is found there: this is what modules without action plugins do.
    """
    filled = os.path.expanduser(os.path.expandvars(path))
    if os.path.isabs(filled):
        # As it is, with whatever Ansible knows of it.
        return path if filled == path else filled
    started, beside = os.path.abspath(filled), os.path.join(os.path.abspath(playbook_folder), filled)
    return beside if os.path.exists(beside) and not os.path.exists(started) else started


def with_absolute_paths(options: t.Mapping[str, t.Any], playbook_folder: str) -> dict[str, t.Any]:
    """The options, with every path as C(absolute) has it; what is empty or no text is left to the module."""
    found = dict(options)
    for name in (*PATHS, SEVERAL):
        value = found.get(name)
        if isinstance(value, str) and value.strip():
            found[name] = _absolute(value, playbook_folder, several=name == SEVERAL)
    return found


def absolute_environment(environment: t.Mapping[str, str], playbook_folder: str) -> dict[str, str]:
    """The variables whose paths are relative, with every path as C(absolute) has it."""
    given = {name: environment[name] for name in (*ENVIRONMENT, *ENVIRONMENT_SEVERAL) if environment.get(name, "").strip()}
    found = {name: _absolute(value, playbook_folder, several=name in ENVIRONMENT_SEVERAL) for name, value in given.items()}
    return {name: value for name, value in found.items() if value != given[name]}


def _absolute(value: str, playbook_folder: str, *, several: bool) -> str:
    parts = value.split(os.pathsep) if several else [value]
    paths = [absolute(part, playbook_folder) if part else part for part in parts]
    return value if paths == parts else os.pathsep.join(paths)
