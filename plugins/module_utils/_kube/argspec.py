"""The options of every module that talks to Kubernetes, named as C(kubernetes.core) names them; C(given) has the order in which they count."""

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
        "proxy": {"type": "str", "fallback": (filled_env_fallback, ["K8S_AUTH_PROXY"])},
        "impersonate_user": {"type": "str", "fallback": (filled_env_fallback, ["K8S_AUTH_IMPERSONATE_USER"])},
        "impersonate_groups": {"type": "list", "elements": "str", "fallback": (filled_env_fallback, ["K8S_AUTH_IMPERSONATE_GROUPS"])},
    }
)

# What is of one API server: not for a module that asks those of several clusters.
SERVER = ArgumentSpec(
    options={
        "host": {"type": "str", "fallback": (filled_env_fallback, ["K8S_AUTH_HOST"])},
        "api_key": {"type": "str", "no_log": True, "fallback": (filled_env_fallback, ["K8S_AUTH_API_KEY"])},
        "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"], "fallback": (filled_env_fallback, ["K8S_AUTH_SSL_CA_CERT"])},
        "validate_certs": {"type": "bool", "aliases": ["verify_ssl"], "fallback": (filled_env_fallback, ["K8S_AUTH_VERIFY_SSL"])},
    }
)

# For modules that do not read the cluster from Azure, and so cannot know by themselves whether the API server is its own.
HOME = ArgumentSpec(options={"node_resource_group_id": {"type": "str"}})
