"""What a kubeconfig that was fetched may have this machine do: run kubelogin, and nothing else.

Whoever answers in Azure's place, or may write what Azure answers with, must not run programs here or have files of this machine sent away.
"""

from __future__ import annotations

import typing as t

from .._observe.kubernetes import KubeError
from .errors import kubeconfig_invalid

PLUGIN = "kubelogin"
# Those that kubelogin has; others, such as those of the loader of programs, would change what it is.
_VARIABLES = ("AAD_", "AZURE_")
_PATHS = ("tokenFile", "client-certificate", "client-key")


def check_untrusted(origin: str, user: t.Mapping[str, t.Any]) -> None:
    """KubeError when the entry of a user asks for more. origin: of the kubeconfig, in the operator's words."""
    more = _more(user)
    if more:
        raise _refused(origin, more)


def _more(user: t.Mapping[str, t.Any]) -> str:
    """What the entry asks for that it may not, as the end of a sentence; empty for nothing."""
    if user.get("auth-provider"):
        return "has an auth-provider, which may run any program"
    for path in _PATHS:
        if user.get(path):
            return f"has this machine read a file ({path})"
    plugin = user.get("exec")
    if not plugin:
        return ""
    if not isinstance(plugin, dict) or plugin.get("command") != PLUGIN:
        return f"has this machine run another program than {PLUGIN}"
    variables = plugin.get("env") or []
    named = [item.get("name") if isinstance(item, dict) else None for item in variables] if isinstance(variables, list) else [None]
    if not all(isinstance(name, str) and name.startswith(_VARIABLES) for name in named):
        return f"sets environment variables for {PLUGIN} that are not its own"
    return ""


def _refused(origin: str, more: str) -> KubeError:
    return kubeconfig_invalid(
        origin,
        f"{more}, so it was not used",
        "Azure sends no such kubeconfig: find out who answers in its place. A kubeconfig that you trust can be given with the option kubeconfig.",
    )
