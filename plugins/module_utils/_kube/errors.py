"""Failures of the Kubernetes side, each with what the operator can do next."""

from __future__ import annotations

from .._observe.answers import NOT_THE_API
from .._observe.kubernetes import AGAIN, KubeError, NoAnswer, status_message

RBAC = (
    "All rules that are needed are in docs/rights/kubernetes of this collection: read.yml, and for the option exec (aks_dataplane_exec in the playbooks) "
    "exec.yml, too."
)


# In the place of a kubeconfig's origin, where the options are enough.
OPTIONS = "connection of the options host and api_key"
# Where there is no connection at all.
COMMAND = "run command of AKS"


def named(origin: str) -> str:
    """What a connection began with, in a sentence. origin: where the kubeconfig came from, as the operator knows it (a path, or Azure), OPTIONS or COMMAND."""
    return origin if origin in (OPTIONS, COMMAND) else f"kubeconfig {origin}"


def kubeconfig_invalid(origin: str, problem: str, remedy: str) -> KubeError:
    """origin: where the kubeconfig came from, as the operator knows it (a path, or Azure)."""
    return KubeError(f"The {named(origin)} {problem}.", remedy=remedy, code="KubeconfigInvalid")


def unreachable(server: str, origin: str, reason: str) -> KubeError:
    """No connection to the API server; origin: as for C(kubeconfig_invalid)."""
    return KubeError(
        f"The Kubernetes API server {server} ({named(origin)}) is unreachable: {reason}.",
        remedy=(
            "Check from the machine that runs the module: a private cluster is reachable only from its virtual network or a peered one, or by AKS's run "
            "command (kubernetes_via, in playbooks aks_dataplane_kubernetes_via: command), "
            "authorized IP ranges must hold this machine's address, the cluster must be running, and the kubeconfig must name the right cluster."
        ),
        code="KubeUnreachable",
        transient=True,
    )


def tls_failure(server: str, origin: str, reason: str, *, transient: bool = False) -> KubeError:
    """No TLS with the API server; origin: as for C(kubeconfig_invalid). transient: a later try may have it."""
    authority = (
        "The option ca_cert must be the certificate authority of the cluster."
        if origin == OPTIONS
        else "The kubeconfig's certificate authority must be the cluster's: fetch a fresh kubeconfig."
    )
    return KubeError(
        f"The TLS connection to the Kubernetes API server {server} ({named(origin)}) failed: {reason}.",
        remedy=(f"{authority} Behind a proxy that opens TLS, exempt this host with NO_PROXY."),
        code="KubeTlsFailure",
        transient=transient,
    )


class BrokenConnection(NoAnswer):
    """The connection broke before the answer was whole: worth another try immediately."""


def bad_answer(server: str, request: str, fault: str) -> KubeError:
    """An answer that is JSON and yet not of Kubernetes. fault: the end of a sentence that begins with "the answer"."""
    return KubeError(
        f"Another service than the Kubernetes API answers at {server}: the answer to {request} {fault}.",
        remedy=NOT_THE_API,
        code="BadAnswer",
        transient=True,
    )


def from_status(server: str, origin: str, method: str, path: str, status: int, body: str) -> KubeError:
    """The error for an answer of the API server itself that says no."""
    reason = status_message(body)
    if status == 401:
        return KubeError(
            f"The Kubernetes API server {server} does not accept the credentials of the {named(origin)} (401).",
            remedy=(
                "The token is expired, revoked or of another cluster: set the option api_key (K8S_AUTH_API_KEY) to a fresh one."
                if origin == OPTIONS
                else "They are expired, revoked or of another cluster: fetch a fresh kubeconfig (az aks get-credentials), or remove the "
                "option kubeconfig to have one fetched."
            ),
            code="KubeUnauthorized",
            status=status,
        )
    if status == 403:
        return KubeError(
            f"The Kubernetes API server {server} forbids {method} {path}: {reason}.",
            remedy=f"Grant the identity of the {named(origin)} this permission. {RBAC}",
            code="KubeForbidden",
            status=status,
        )
    return KubeError(
        f"The Kubernetes API server {server} answered {method} {path} with {status}: {reason}.",
        remedy=AGAIN if _is_passing(status) else "",
        code="KubeAnswer",
        status=status,
        transient=_is_passing(status),
    )


def _is_passing(status: int) -> bool:
    return status == 429 or status >= 500
