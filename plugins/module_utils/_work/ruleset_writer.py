"""What is changed of rulesets in a cluster: ConfigMaps and DaemonSets are created, replaced and removed."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube.client import KubeClient
from .._nodes.pods_refusal import is_about_priority
from .._nodes.program_pod import config_maps, daemon_sets
from .._observe.kubernetes import KubeError
from .._ruleset.live import LiveSet
from .._ruleset.objects import Content, Keepers, config_map, over
from .ruleset_refusal import explained

Json = dict[str, t.Any]

_DRY = {"dryRun": "All"}


class RulesetWriter:
    """The requests that change something, and their dry runs. All raise KubeError, with the remedy where an administrator has to act."""

    def __init__(self, api: KubeClient, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    def dry_run(self, content: Content | None, keepers: Keepers, live: t.Mapping[str, LiveSet]) -> bool:
        """Whether the pods are taken with a priority class; nothing is changed. content: where a ConfigMap has to be created. live: by name."""
        with explained(self._namespace):
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
        with explained(self._namespace):
            self._api.post(*config_map(content, ruleset, self._namespace))

    def put_set(self, item: Json, live: LiveSet | None) -> None:
        """A DaemonSet, created or in the place of the live one."""
        path = daemon_sets(self._namespace)
        with explained(self._namespace):
            if live is None:
                self._api.post(path, item)
            else:
                self._api.put(f"{path}/{live.name}", item)

    def delete_set(self, name: str) -> None:
        self._delete(f"{daemon_sets(self._namespace)}/{name}")

    def delete_map(self, name: str) -> None:
        self._delete(f"{config_maps(self._namespace)}/{name}")

    def _delete(self, path: str) -> None:
        with explained(self._namespace):
            self._api.delete(path)
