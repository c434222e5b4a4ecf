"""Messages of modules for people who run playbooks: these set variables, and not the options of modules."""

from __future__ import annotations

import re

# Options whose variables have other names. Those in _ALIKE have the name of the option after the prefix.
_RENAMED = {"name": "cluster", "rule_set": "profile", "node_observations": "node_group"}
_ALIKE = (
    "admin_credentials",
    "api_version",
    "enable_acns",
    "ignore",
    "kubeconfig",
    "kubernetes",
    "poll_interval",
    "record_dir",
    "resource_group",
    "subscription_id",
    "wait_timeout",
)
_OPTION = re.compile(rf"\bthe option ({'|'.join((*_RENAMED, *_ALIKE))})\b")


def in_variables(text: str) -> str:
    """With the variables of roles and playbooks in place of C(the option NAME); options without a variable stay."""
    return _OPTION.sub(lambda found: f"aks_dataplane_{_RENAMED.get(found[1], found[1])}", text)
