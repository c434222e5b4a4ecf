"""What Kubernetes refuses of the objects of a ruleset, with the remedy."""

from __future__ import annotations

import contextlib
import typing as t

from .._nodes.pods_refusal import Purpose, explain
from .._observe.kubernetes import KubeError

RULESET = Purpose(
    "Ruleset",
    "pods that keep the ruleset on the nodes",
    "for rulesets of nodes",
    "docs/rights/kubernetes/ruleset.yml of this collection",
    "10m of cpu and 40Mi of memory (at most 500Mi), and a second one during the check before a change",
)
# Another run, or Kubernetes itself, has changed an object since it was read.
CHANGED_MEANWHILE = "RulesetChanged"


@contextlib.contextmanager
def explained(namespace: str) -> t.Iterator[None]:
    """KubeError with the remedy where an administrator has to act, or where somebody else has changed an object."""
    try:
        yield
    except KubeError as exc:
        if exc.status != 409:
            raise explain(exc, namespace, RULESET) from exc
        taken = "already exists" in exc.message
        raise KubeError(
            "An object has the name of one of the ruleset, and not its labels." if taken else "Another run changes the same ruleset.",
            remedy="Remove or rename it, or choose another name for the ruleset." if taken else "Run the task again when it has ended.",
            code="RulesetForeignObject" if taken else CHANGED_MEANWHILE,
            status=409,
            details={"answer": exc.message},
        ) from exc
