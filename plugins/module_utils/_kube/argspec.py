"""The options of every module that talks to Kubernetes."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleFallbackNotFound

from .._common.argspec import ArgumentSpec
from .._common.empty_options import is_empty


def filled_env_fallback(name: str) -> str:
    """As Ansible's C(env_fallback), but an empty variable is not set: AWX sets all variables of a credential, also for fields left empty."""
    value = os.environ.get(name, "")
    if is_empty(value):
        raise AnsibleFallbackNotFound
    return value


KUBERNETES = ArgumentSpec(
    options={
        "kubeconfig": {"type": "path", "fallback": (filled_env_fallback, ["K8S_AUTH_KUBECONFIG"])},
        "context": {"type": "str", "fallback": (filled_env_fallback, ["K8S_AUTH_CONTEXT"])},
        "admin_credentials": {"type": "bool", "default": False},
    }
)
