"""The options of every module that talks to Kubernetes."""

from __future__ import annotations

from ansible.module_utils.basic import env_fallback

from .._common.argspec import ArgumentSpec

KUBERNETES = ArgumentSpec(
    options={
        "kubeconfig": {"type": "path", "fallback": (env_fallback, ["K8S_AUTH_KUBECONFIG"])},
        "context": {"type": "str", "fallback": (env_fallback, ["K8S_AUTH_CONTEXT"])},
        "admin_credentials": {"type": "bool", "default": False},
    }
)
