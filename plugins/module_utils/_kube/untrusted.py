"""What a kubeconfig that was fetched may have this machine do: run kubelogin, and nothing else.

Whoever answers in Azure's place, or may write what Azure answers with, must not run programs here or have files of this machine sent away.
"""

from __future__ import annotations

import typing as t

from .._observe.kubernetes import KubeError
from .entra import AKS_SERVER, PLUGIN
from .errors import kubeconfig_invalid
from .kubeconfig_entries import User

# Whom it signs in as, and how. Others name files, and hosts that secrets and the contents of files are sent to, or change what program it is.
_VARIABLES = frozenset({"AAD_LOGIN_METHOD", "AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"})
_WITH_VALUE = frozenset(
    {
        "--environment",
        "-e",
        "--server-id",
        "--client-id",
        "--tenant-id",
        "-t",
        "--login",
        "-l",
        "--pop-claims",
        "--timeout",
        "--identity-resource-id",
    }
)
_WITHOUT_VALUE = frozenset({"--legacy", "--pop-enabled", "--use-azurerm-env-vars"})


def check_untrusted(origin: str, user: User) -> None:
    """KubeError when the entry of a user asks for more. origin: of the kubeconfig, in the operator's words."""
    more = _more(user)
    if more:
        raise _refused(origin, more)


def _more(user: User) -> str:
    """What the entry asks for that it may not, as the end of a sentence; empty for nothing."""
    if user.provider:
        return "has an auth-provider, which may run any program"
    files = {"tokenFile": user.token_file, "client-certificate": user.certificate, "client-key": user.key}
    named = next((name for name, path in files.items() if path), "")
    if named:
        return f"has this machine read a file ({named})"
    if user.plugin is None:
        return ""
    if user.plugin.command != PLUGIN:
        return f"has this machine run another program than {PLUGIN}"
    if not _VARIABLES.issuperset(user.plugin.env):
        return f"sets environment variables for {PLUGIN} that say more than whom it signs in as"
    return _more_of_arguments(user.plugin.args)


def _more_of_arguments(args: t.Sequence[str]) -> str:
    """As C(_more). A token for anything but API servers of AKS is not for the server that a fetched kubeconfig names."""
    if not args or args[0] != "get-token":
        return f"has {PLUGIN} do something else than get a token"
    rest = iter(args[1:])
    for arg in rest:
        name, equals, value = arg.partition("=")
        if name in _WITHOUT_VALUE:
            continue
        if name not in _WITH_VALUE:
            return f"gives {PLUGIN} arguments that say more than whom it signs in as"
        value = value if equals else next(rest, "")
        if name == "--server-id" and value != AKS_SERVER:
            return f"has {PLUGIN} get a token that is not for API servers of AKS"
    return ""


def _refused(origin: str, more: str) -> KubeError:
    return kubeconfig_invalid(
        origin,
        f"{more}, so it was not used",
        "Azure sends no such kubeconfig: find the service that answers instead. To use a trusted kubeconfig, set the option kubeconfig.",
    )
