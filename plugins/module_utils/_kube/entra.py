"""Signing in to clusters with Microsoft Entra by the credential that Azure was asked with, in place of kubelogin.

A fetched kubeconfig has kubelogin get a token for AKS's server application; any credential of Azure can get that same token.
https://learn.microsoft.com/azure/aks/kubelogin-authentication describes it.
"""

from __future__ import annotations

import datetime
import typing as t

from .kubeconfig_entries import Plugin
from .login_plugin import Credential

PLUGIN = "kubelogin"
# The application for which every API server of AKS accepts tokens, in all clouds. A token for anything else is not for a server that a fetched
# kubeconfig names.
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
SCOPE = f"{AKS_SERVER}/.default"

# What has kubelogin sign in as somebody else than its arguments say, which is what the operator wants then.
LOGIN_METHOD = "AAD_LOGIN_METHOD"

# A token of Azure for a scope, and when it expires, in Unix seconds; in place of one that was refused, V('') for none. DataplaneError.
AzureToken = t.Callable[[str, str], "tuple[str, float]"]
# The credential for an API server, in place of a token that it refused.
Login = t.Callable[[str], Credential]


def entra_login(plugin: Plugin | None, token: AzureToken | None, environ: t.Mapping[str, str]) -> Login | None:
    """How to sign in without the credential plugin of a fetched kubeconfig; None where that is to be run.

    token: None where Azure is not asked with a credential.
    """
    if plugin is None or token is None or plugin.command != PLUGIN or environ.get(LOGIN_METHOD) or _server_id(plugin.args) != AKS_SERVER:
        return None

    def login(refused: str) -> Credential:
        value, expires = token(SCOPE, refused)
        return Credential(value, expires=datetime.datetime.fromtimestamp(expires, datetime.timezone.utc))

    return login


def _server_id(args: t.Sequence[str]) -> str:
    """Of the application that kubelogin gets a token for; V('') where its arguments do not say."""
    for place, arg in enumerate(args):
        name, equals, value = arg.partition("=")
        if name == "--server-id":
            return value if equals else next(iter(args[place + 1 : place + 2]), "")
    return ""
