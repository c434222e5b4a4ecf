"""What a kubeconfig that was fetched may have this machine do: run kubelogin, and nothing else.

Whoever answers in Azure's place, or may write what Azure answers with, must not run programs here or have files of this machine sent away.
"""

from __future__ import annotations

from .._observe.kubernetes import KubeError
from .errors import kubeconfig_invalid
from .kubeconfig_entries import User

PLUGIN = "kubelogin"
# Those that kubelogin has; others, such as those of the loader of programs, would change what it is.
_VARIABLES = ("AAD_", "AZURE_")


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
    if not all(name.startswith(_VARIABLES) for name in user.plugin.env):
        return f"sets environment variables for {PLUGIN} that are not its own"
    return ""


def _refused(origin: str, more: str) -> KubeError:
    return kubeconfig_invalid(
        origin,
        f"{more}, so it was not used",
        "Azure sends no such kubeconfig: find the service that answers instead. To use a trusted kubeconfig, set the option kubeconfig.",
    )
