"""Failures of the Kubernetes side, each with what the operator can do next."""

from __future__ import annotations

import json
import typing as t

from .._common.errors import DataplaneError

RBAC = (
    "The rules needed are: list on nodes; in the namespace kube-system list on pods, get on pods/proxy, get on pods/log and get on "
    "daemonsets.apps. Where there is Cilium also: list on ciliumnodes.cilium.io; in kube-system get on configmaps, and get and create on "
    "pods/exec for the option exec; in the namespace default list on events."
)

AGAIN = "Try again; if it stays so, look at the cluster's health in Azure."


class KubeError(DataplaneError):
    """Kubernetes could not be asked, or refused.

    status: the HTTP status, where there was an answer.
    transient: the same question may well be answered a little later.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: str = "KubeError",
        status: int | None = None,
        transient: bool = False,
        details: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        known = {} if status is None else {"status": status}
        super().__init__(message, remedy=remedy, code=code, details={**known, **(details or {})})
        self.status = status
        self.transient = transient


def kubeconfig_invalid(origin: str, problem: str, remedy: str) -> KubeError:
    """origin: where the kubeconfig came from, as the operator knows it (a path, or Azure)."""
    return KubeError(f"The kubeconfig {origin} {problem}.", remedy=remedy, code="KubeconfigInvalid")


def unreachable(server: str, origin: str, reason: str) -> KubeError:
    return KubeError(
        f"The Kubernetes API server {server} (kubeconfig {origin}) cannot be reached: {reason}.",
        remedy=(
            "Check from the machine that runs the module: a private cluster is reached only from its virtual network or a peered one, "
            "authorized IP ranges must hold this machine's address, the cluster must be running, and the kubeconfig must name the right cluster."
        ),
        code="KubeUnreachable",
        transient=True,
    )


def tls_failure(server: str, origin: str, reason: str) -> KubeError:
    return KubeError(
        f"The TLS connection to the Kubernetes API server {server} (kubeconfig {origin}) failed: {reason}.",
        remedy=(
            "The kubeconfig's certificate authority must be the cluster's: fetch a fresh kubeconfig. Behind a proxy that opens TLS, exempt "
            "this host with NO_PROXY."
        ),
        code="KubeTlsFailure",
    )


class NoAnswer(KubeError):
    """The connection stood, but the answer did not come in time or makes no sense."""

    def __init__(self, server: str, request: str, reason: str) -> None:
        super().__init__(
            f"The Kubernetes API server {server} gave no answer to {request}: {reason}.", remedy=AGAIN, code="KubeNoAnswer", transient=True
        )


class BrokenConnection(NoAnswer):
    """The connection broke before the answer was whole: worth another try at once."""


def from_status(server: str, origin: str, method: str, path: str, status: int, body: str) -> KubeError:
    """The error for an answer of the API server itself that says no."""
    told = status_message(body)
    if status == 401:
        return KubeError(
            f"The Kubernetes API server {server} does not accept the credentials of the kubeconfig {origin} (401).",
            remedy="They are expired, revoked or of another cluster: fetch a fresh kubeconfig, or leave kubeconfig out to have one fetched.",
            code="KubeUnauthorized",
            status=status,
        )
    if status == 403:
        return KubeError(
            f"The Kubernetes API server {server} forbids {method} {path}: {told}.",
            remedy=f"Give the identity of the kubeconfig {origin} this permission. {RBAC}",
            code="KubeForbidden",
            status=status,
        )
    return KubeError(
        f"The Kubernetes API server {server} answered {method} {path} with {status}: {told}.",
        remedy=AGAIN if _is_passing(status) else "",
        code="KubeAnswer",
        status=status,
        transient=_is_passing(status),
    )


def _is_passing(status: int) -> bool:
    return status == 429 or status >= 500


def status_of(body: str) -> dict[str, t.Any] | None:
    """The Kubernetes C(Status) object in a body; None when the body is something else (a program behind the API server answered)."""
    if '"Status"' not in body:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get("kind") == "Status" else None


def status_message(body: str) -> str:
    """What the answer says, in one short line."""
    status = status_of(body)
    text = str(status.get("message", "")) if status else body
    return " ".join(text.split())[:500].rstrip(".") or "no explanation given"
