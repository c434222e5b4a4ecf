# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a ruleset: what they may do, what they are recognized by, and how they are put in place of each other."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_words import KEEP, PAUSE, REMOVE, TRY
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.judgement import Line, read_line, unpacked
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.live import read_pod, read_set
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.objects import (
    FIRST,
    FORMER,
    Content,
    Keepers,
    config_map,
    former_of,
    over,
    restored,
    templates,
    with_former,
    with_task,
)
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.selection import Selection
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.subset import holds

CONTENT = Content(order='{"text": "table inet a { }"}', program=b"zip", declared="d1", engine="e1")
KEEPERS = Keepers("base", "aks-dataplane", "pause", CONTENT.name("base"), "d1", "e1", ("inet a",), Selection(), 19840)


def live(keepers: Keepers = KEEPERS, version: str = "7") -> dict[str, t.Any]:
    """As the API server returns it."""
    item = copy.deepcopy(keepers.daemon_sets()[f"aks-dataplane-ruleset-base-{'try-' if keepers.task == TRY else ''}amd64"])
    item["metadata"] |= {"resourceVersion": version, "generation": 3}
    item["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = "3"
    item["metadata"]["labels"]["app.kubernetes.io/instance"] = "argocd"
    item["spec"]["template"]["spec"] |= {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always"}
    item["spec"]["template"]["spec"]["containers"][0]["terminationMessagePath"] = "/dev/termination-log"
    return {**item, "status": {"observedGeneration": 3, "numberAvailable": 2}}


def test_the_pods_have_the_least_rights() -> None:
    for name, item in KEEPERS.daemon_sets().items():
        pod = item["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        security = container["securityContext"]
        assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]}, name
        assert (security["privileged"], security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, False, True)
        assert (pod["automountServiceAccountToken"], pod["hostNetwork"]) == (False, True)
        folders = {volume["name"] for volume in pod["volumes"] if "hostPath" in volume}
        assert all(mount["readOnly"] for mount in container["volumeMounts"] if mount["name"] in folders)
        assert container["readinessProbe"]["httpGet"]["host"] == "127.0.0.1"
    assert "readinessProbe" not in live(dataclasses.replace(KEEPERS, task=TRY))["spec"]["template"]["spec"]["containers"][0]


def test_another_content_has_another_name() -> None:
    names = {one.name("base") for one in (CONTENT, dataclasses.replace(CONTENT, engine="e2"), dataclasses.replace(CONTENT, order="{}"))}
    assert len(names) == 3
    assert config_map(CONTENT, "base", "n")[1]["immutable"] is True


@pytest.mark.parametrize(
    ("change", "pods"),
    [
        ({"image": "other"}, True),
        ({"config_map": "other"}, True),
        ({"task": PAUSE}, True),
        ({"priority": False}, True),
        ({"selection": Selection(pools=("a",))}, True),
        ({"max_unavailable": "10%"}, False),
        ({"min_ready_seconds": 1}, False),
    ],
)
def test_what_replaces_pods(change: dict[str, t.Any], pods: bool) -> None:
    other = dataclasses.replace(KEEPERS, **change)
    assert (templates(other) != templates(KEEPERS)) is pods
    assert not holds(live(other)["spec"], KEEPERS.daemon_sets()["aks-dataplane-ruleset-base-amd64"]["spec"])


def test_what_the_api_server_adds_is_no_difference() -> None:
    wanted = KEEPERS.daemon_sets()["aks-dataplane-ruleset-base-amd64"]
    assert all(holds(live()[part], wanted[part]) for part in ("metadata", "spec"))


@pytest.mark.parametrize(
    ("seen", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 0}, True),
        ({"a": 1}, {"b": 1}, False),
        ({}, {"a": {}, "b": []}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "1"}, {"a": 1}, False),
        (None, {"a": 1}, False),
        ({"a": 1}, {"a": []}, False),
    ],
)
def test_subset(seen: t.Any, wanted: t.Any, same: bool) -> None:
    assert holds(seen, wanted) is same


def test_a_change_and_its_rollback() -> None:
    before = live()
    changed = dataclasses.replace(KEEPERS, config_map="other", declared="d2")
    item = with_former(changed.daemon_sets()["aks-dataplane-ruleset-base-amd64"], former_of(before))
    put = over(item, before)
    assert (put["metadata"]["resourceVersion"], put["metadata"]["labels"]["app.kubernetes.io/instance"]) == ("7", "argocd")
    seen = read_set({**put, "status": {}})
    assert (seen.config_map, seen.former_config_map, seen.declared) == ("other", KEEPERS.config_map, "d2")
    back = restored(seen.former, put)
    assert holds(back["spec"], before["spec"])
    assert (read_set(back).declared, bool(read_set(back).former)) == ("d1", True)
    assert FORMER not in with_former(back, "")["metadata"]["annotations"]


@pytest.mark.parametrize("broken", ["{", "[]", "null", '{"spec": {}}', '{"annotations": [], "spec": {}}', "None"])
def test_what_nothing_can_be_brought_back_from_is_no_change_under_way(broken: str) -> None:
    assert read_set(with_former(live(), broken)).former == ""
    assert read_set(with_former(live(), FIRST)).former == FIRST


def test_another_task_is_another_template() -> None:
    seen = read_set(with_task(live(), REMOVE))
    assert (seen.task, seen.former, read_set(live()).task) == (REMOVE, "", KEEP)
    assert seen.template != read_set(live()).template
    assert seen.declared == "d1"


def test_a_pod_without_python_is_hopeless() -> None:
    def pod(**state: t.Any) -> dict[str, t.Any]:
        return {"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"containerStatuses": [{"name": "keeper", "state": state}]}}

    message = 'exec: "/usr/bin/python3": stat /usr/bin/python3: no such file or directory'
    assert read_pod(pod(waiting={"reason": "CrashLoopBackOff", "message": message})).hopeless
    waits = read_pod(pod(waiting={"reason": "ErrImagePull", "message": "no such host"}))
    assert (waits.hopeless, waits.trouble) == (False, "its pod does not run: ErrImagePull no such host")
    assert (read_pod(pod(running={})).trouble, read_pod(pod(waiting={"reason": "ContainerCreating"})).trouble) == ("", "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        ("nonsense\n", None),
        ('{"state": "nonsense"}\n', None),
        ('{"state": "tried", "digest": 1}\n', None),
        ('{"state": "not yet"}\n{"state": "tried", "digest": "d", "code": null, "message": "", "tables": []}\n', Line("tried", "d")),
        (
            '{"state": "undone", "digest": "d", "repairs": 2, "code": "LockedOut", "message": "No way.", "tables": '
            '[{"family": "inet", "name": "a", "state": "as declared"}]}',
            Line("undone", "d", 2, (("inet", "a", "as declared"),), "LockedOut", "No way"),
        ),
    ],
)
def test_the_last_line(text: str, line: Line | None) -> None:
    assert read_line(text) == line
    assert line is None or unpacked(line.packed()) == line
