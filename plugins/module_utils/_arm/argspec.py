"""Which Azure, who we are there, and which cluster. Documented in doc_fragments/azure.py and doc_fragments/cluster.py."""

from __future__ import annotations

from .._common.argspec import ArgumentSpec

AUTH_SOURCES = ("auto", "cli", "credential_file", "env", "msi", "options")

AZURE = ArgumentSpec(
    options={
        "auth_source": {"type": "str", "choices": list(AUTH_SOURCES), "default": "auto"},
        "profile": {"type": "str"},
        "subscription_id": {"type": "str", "aliases": ["subscription"]},
        "tenant": {"type": "str", "aliases": ["tenant_id"]},
        "client_id": {"type": "str"},
        "secret": {"type": "str", "no_log": True, "aliases": ["client_secret"]},
        "x509_certificate_path": {"type": "path"},
        "oidc_token": {"type": "str", "no_log": True},
        # The path is no secret; saying so keeps the name from being masked because of the word "token" in it.
        "oidc_token_file_path": {"type": "path", "no_log": False},
        "cloud_environment": {"type": "str"},
    }
)

CLUSTER = ArgumentSpec(
    options={
        "resource_group": {"type": "str", "required": True, "aliases": ["resource_group_name"]},
        "name": {"type": "str", "required": True},
    }
)
