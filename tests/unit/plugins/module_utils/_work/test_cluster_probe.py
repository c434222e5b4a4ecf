# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prober pods have measured, where some of them are gone."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.prober_manifest import ProberNode, Probers
from ansible_collections.aks.dataplane.plugins.module_utils._work import cluster_probe

NODES = (ProberNode("n1", "amd64"), ProberNode("n2", "amd64"))
MADE = Probers("r1", "aks-dataplane", "pause", "boot:1:2:3", 300, b"PK", [], NODES)
TARGETS = [{"name": "web", "tcp": "10.0.44.12:80", "from": "cluster"}]
ASKED = {"namespace": MADE.namespace, "run": MADE.run, "targets": TARGETS, "changed_ago": 1.0, "baseline": 1, "after": 1, "dead": 1}
GONE, SILENT = "the prober pod is gone", "the pod has printed nothing"


class Api:
    """An API server with some of the objects. Pods have printed nothing."""

    def __init__(self, there: t.Callable[[dict[str, t.Any]], bool]) -> None:
        self._objects = [(path, item) for path, item in MADE.objects() if there(item)]

    def list_objects(self, path: str, read: t.Callable[[dict[str, t.Any]], t.Any], _query: dict[str, str]) -> list[t.Any]:
        return [read(item) for place, item in self._objects if place == path]

    def each(self, work: t.Callable[[t.Any], t.Any], items: t.Iterable[t.Any], _at_a_time: int) -> list[t.Any]:
        return [work(item) for item in items]

    def text(self, *_args: t.Any, **_options: t.Any) -> tuple[int, str]:
        return 200, ""

    def delete(self, path: str) -> None:
        self._objects = [(place, item) for place, item in self._objects if f"{place}/{item['metadata']['name']}" != path]

    def deadline(self, _seconds: float) -> t.Callable[[], bool]:
        return lambda: False


@pytest.mark.parametrize(
    ("there", "reasons"),
    [
        (lambda _item: True, {("n1", "host"): SILENT, ("n1", "pod"): SILENT, ("n2", "host"): SILENT, ("n2", "pod"): SILENT}),
        (
            lambda item: not item["metadata"]["name"].endswith("-1-pod"),
            {("n1", "host"): SILENT, ("n1", "pod"): SILENT, ("n2", "host"): SILENT, ("n2", "pod"): GONE},
        ),
        # Somebody has removed the ConfigMap as well.
        (lambda item: item["metadata"]["name"].endswith("-0-host"), {("n1", "host"): SILENT}),
    ],
)
def test_a_pod_that_is_gone_leaves_its_place_without_a_verdict(
    there: t.Callable[[dict[str, t.Any]], bool], reasons: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_probe, "_connect", lambda _params: Api(there))
    result = cluster_probe.ended(ASKED, check_mode=False)
    (target,) = (one["result"] for one in result["targets"])
    assert target["verdict"] == "no_verdict"
    assert {(row["node"], row["network"]): row["reason"] for row in target["nodes"]} == reasons


def test_all_pods_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_probe, "_connect", lambda _params: Api(lambda _item: False))
    result = cluster_probe.ended(ASKED, check_mode=False)
    assert [one["result"]["reason"] for one in result["targets"]] == ["the prober pods are gone"]
