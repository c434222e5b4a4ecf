"""Why Kubernetes refuses pods of this collection, and what an administrator can do about it. Pure."""

from __future__ import annotations

import dataclasses

from .._observe.kubernetes import KubeError


@dataclasses.dataclass(frozen=True)
class Purpose:
    """What the pods are for. code: how the codes begin. pods: in a sentence. use: of the namespace. file: with the permissions. needs: of each pod."""

    code: str
    pods: str
    use: str
    file: str
    needs: str


LOOK = Purpose(
    "Probe",
    "pods that look at the nodes",
    "to look at nodes from",
    "docs/rights/kubernetes/pods.yml of this collection",
    "100m of cpu and 100Mi of memory (at most 500Mi)",
)


@dataclasses.dataclass(frozen=True)
class _Kind:
    """words: one of them is in the message. by: what refused. remedy: with C({namespace}) and C({needs})."""

    words: tuple[str, ...]
    by: str
    remedy: str


_KINDS = (
    _Kind(
        ("violates podsecurity",),
        "Pod Security",
        "The pods use the network and folders of the node, which only the level privileged allows. Let an administrator run `kubectl label "
        "--overwrite namespace {namespace} pod-security.kubernetes.io/enforce=privileged`, for a namespace that holds nothing else.",
    ),
    _Kind(
        ("exceeded quota", "failed quota", "insufficient quota", "maximum memory usage", "maximum cpu usage", "minimum memory usage"),
        "a quota",
        "Run `kubectl --namespace {namespace} describe resourcequota,limitrange`, and let an administrator raise or remove what limits it. "
        "Each node needs one pod with {needs}.",
    ),
    _Kind(
        ("validatingadmissionpolicy",),
        "a ValidatingAdmissionPolicy",
        "Let an administrator exempt the namespace {namespace} in the binding that the message names "
        "(`kubectl get validatingadmissionpolicybinding`): in matchResources.namespaceSelector, by the label kubernetes.io/metadata.name.",
    ),
    _Kind(
        ("admission webhook", "azurepolicy", "gatekeeper"),
        "an admission webhook",
        "With Azure Policy, let an administrator add the namespace {namespace} to the excluded namespaces of the assignment that the message "
        "names; with deployment safeguards, to those of `az aks safeguards update --excluded-ns {namespace}`.",
    ),
)


def explain(error: KubeError, namespace: str, purpose: Purpose = LOOK) -> KubeError:
    """The failure of a request to create something, with the remedy that fits; others stay as they are."""
    message = error.message.lower()
    if error.code.startswith(purpose.code):
        return error
    if error.status == 404:
        return KubeError(
            f"The cluster has no namespace {namespace} {purpose.use}.",
            remedy=f"Let an administrator create it once, with the permissions that this needs: apply {purpose.file}.",
            code=f"{purpose.code}NamespaceMissing",
            status=404,
        )
    # An API server in trouble refuses nothing by intent.
    if error.status is not None and 400 <= error.status < 500 and error.status not in (401, 429):
        for kind in _KINDS:
            if any(word in message for word in kind.words):
                return KubeError(
                    f"The {purpose.pods} are refused by {kind.by}: {error.message}",
                    remedy=kind.remedy.format(namespace=namespace, needs=purpose.needs),
                    code=f"{purpose.code}Refused",
                    status=error.status,
                    details={"by": kind.by},
                )
    if error.status == 403:
        return KubeError(
            error.message, remedy=f"Grant the identity of the kubeconfig the permissions in {purpose.file}.", code=error.code, status=403
        )
    return error


def is_about_priority(error: KubeError) -> bool:
    """Whether the same pods without a priority class may be taken: a quota can keep those of the system to itself."""
    message = error.message.lower()
    return error.status == 403 and ("priorityclass" in message or "insufficient quota to match these scopes" in message)
