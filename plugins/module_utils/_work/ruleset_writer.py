"""What is changed of rulesets in a cluster: ConfigMaps and DaemonSets are created, replaced and removed."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._kube.client import KubeClient
from .._nodes.pods_refusal import Purpose, explain, is_about_priority
from .._nodes.program_pod import config_maps, daemon_sets
from .._observe.kubernetes import KubeError
from .._ruleset.live import LiveSet
from .._ruleset.objects import Content, Keepers, config_map, over

Json = dict[str, t.Any]

RULESET = Purpose(
    "Ruleset",
    "pods that keep the ruleset on the nodes",
    "for rulesets of nodes",
    "docs/rights/kubernetes/ruleset.yml of this collection",
    "10m of cpu and 40Mi of memory (at most 500Mi), and a second one during the check before a change",
)
# Another run, or Kubernetes itself, has changed an object since it was read.
CHANGED_MEANWHILE = "RulesetChanged"
_DRY = {"dryRun": "All"}


class RulesetWriter:
    """The requests that change something, and their dry runs. All raise KubeError, with the remedy where an administrator has to act."""

    def __init__(self, api: KubeClient, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    def dry_run(self, content: Content | None, keepers: Keepers, live: t.Mapping[str, LiveSet]) -> bool:
        """Whether the pods are taken with a priority class; nothing is changed. content: where a ConfigMap has to be created. live: by name."""
        with _explained(self._namespace):
            if content is not None:
                path, item = config_map(content, keepers.ruleset, self._namespace)
                self._api.post(path, item, _DRY)
            try:
                self._ask(keepers, live)
            except KubeError as exc:
                if not is_about_priority(exc):
                    raise
                self._ask(dataclasses.replace(keepers, priority=False), live)
                return False
        return keepers.priority

    def _ask(self, keepers: Keepers, live: t.Mapping[str, LiveSet]) -> None:
        for name, item in keepers.daemon_sets().items():
            if name in live:
                self._api.put(f"{keepers.path}/{name}", over(item, live[name].raw), _DRY)
            else:
                self._api.post(keepers.path, item, _DRY)
        self._api.post(*keepers.pod(), _DRY)

    def create_map(self, content: Content, ruleset: str) -> None:
        """The ConfigMap."""
        with _explained(self._namespace):
            self._api.post(*config_map(content, ruleset, self._namespace))

    def put_set(self, item: Json, live: LiveSet | None) -> None:
        """A DaemonSet, created or in the place of the live one."""
        path = daemon_sets(self._namespace)
        with _explained(self._namespace):
            if live is None:
                self._api.post(path, item)
            else:
                self._api.put(f"{path}/{live.name}", item)

    def delete_set(self, name: str) -> None:
        self._delete(f"{daemon_sets(self._namespace)}/{name}")

    def delete_map(self, name: str) -> None:
        self._delete(f"{config_maps(self._namespace)}/{name}")

    def _delete(self, path: str) -> None:
        with _explained(self._namespace):
            self._api.delete(path)


@contextlib.contextmanager
def _explained(namespace: str) -> t.Iterator[None]:
    """Refusals, with the remedy."""
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
