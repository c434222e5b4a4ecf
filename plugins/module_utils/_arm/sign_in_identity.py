"""What a token depends on, and what an answer depends on at all. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .clouds import Cloud
from .credentials import ENVIRONMENT, Choice

# Another proxy or other authorities may mean another server.
_NETWORK = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
# What azure-identity looks at by itself: regions, endpoints and kinds of managed identities.
_IDENTITY = re.compile(r"(AZURE|MSI|IDENTITY|IMDS|DEFAULT_IDENTITY)_")
# Which az is run, and where it keeps its accounts.
_CLI = frozenset({"PATH", "HOME", "AZURE_CONFIG_DIR"})
# These are in the choice already, or are about something else than who signs in.
_CHOSEN = frozenset(name for names in ENVIRONMENT.values() for name in names) | {"AZURE_PROFILE"} | _CLI


def network(environ: t.Mapping[str, str]) -> dict[str, str]:
    """The variables that say by which way, and trusting whom, a server is reached."""
    return {name: value for name, value in environ.items() if name.upper() in _NETWORK}


def identity_parts(choice: Choice, cloud: Cloud, environ: t.Mapping[str, str], content: str) -> dict[str, t.Any]:
    """Everything besides the request itself that makes one token differ from another; plain JSON, with the secret in it.

    content: of the file that authenticates us or, for the Azure CLI, that names the account; empty without one.
    """
    # Of several accounts the CLI takes the one that signed in to the subscription.
    fields = {"kind", "tenant", "client_id", "proof"} | ({"subscription_id"} if choice.kind == "cli" else set())
    chosen = {field: value for field, value in dataclasses.asdict(choice).items() if field in fields}
    return {
        **chosen,
        "cloud": dataclasses.asdict(cloud),
        "content": content,
        "environment": {name: value for name, value in environ.items() if _counts(name, choice)},
        "network": network(environ),
    }


def _counts(name: str, choice: Choice) -> bool:
    if choice.kind == "cli" and name in _CLI:
        return True
    # A managed identity may be a workload identity, which is described by the same variables as a service principal.
    return _IDENTITY.match(name) is not None and (choice.kind == "managed_identity" or name not in _CHOSEN)
