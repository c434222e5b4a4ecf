# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which a run can end: its verdict, what is said of it, and what the next steps of a workflow learn."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import outcome
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
LEGACY = {"state": "disabled", "acceleration_mode": "None", "acns": {"enabled": False}}
BPF = {"state": "enabled", "acceleration_mode": "BpfVeth", "acns": {"enabled": True}}
PROVED = {"state": "wanted", "nodes_wanted": 3, "nodes_total": 3, "reasons": []}
DISPROVED = {"state": "not_wanted", "nodes_wanted": 1, "nodes_total": 3, "reasons": ["n1 runs ipvs.", "n2 is silent."]}

SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg")
RUN = Run(
    number=4,
    subject="kube_proxy",
    open=True,
    run_id="r1",
    record_path="/runs/r1.json",
    phase="rollback",
    before=IPTABLES,
    former={"enabled": True, "mode": "IPTABLES"},
    plan={"before": IPTABLES, "after": NFTABLES},
    switch={"changed": True, "after": NFTABLES},
    proof=DISPROVED,
    failure="It broke.",
)
HOST_ROUTING = dataclasses.replace(
    RUN,
    subject="host_routing",
    before=LEGACY,
    former={"state": "disabled"},
    plan={"before": LEGACY, "after": BPF},
    switch={"changed": True, "after": BPF},
)
BY_HAND = (
    "To go back by hand: ansible-playbook aks.dataplane.kube_proxy --limit blue -e "
    """'{"aks_dataplane_kube_proxy": {"config": {"enabled": true, "mode": "IPTABLES"}}}'"""
)
BY_HAND_HOST_ROUTING = (
    """To go back by hand: ansible-playbook aks.dataplane.ebpf_host_routing --limit blue -e '{"aks_dataplane_host_routing": "disabled"}'"""
)
BILL = (
    "Advanced Container Networking Services, which this run switched on, are still on, and are billed. To switch them off: az aks update "
    "--resource-group rg --name aks-a --disable-acns"
)


def settings(**changes: t.Any) -> Settings:
    return dataclasses.replace(SETTINGS, **changes)


@pytest.mark.parametrize(
    ("run", "says", "verdict"),
    [
        ({"switch": {"changed": True}}, {"check_mode": True}, "planned"),
        ({"switch": {"changed": False}}, {"check_mode": True}, "unchanged"),
        ({}, {"kubernetes": False}, "unverified"),
        ({"before": NFTABLES}, {"kubernetes": False}, "unverified"),
        ({"before": NFTABLES}, {}, "unchanged"),
        ({}, {}, "switched"),
        # A continued run that finds everything done has still switched, as seen from where it goes back to.
        ({"switch": {"changed": False, "after": NFTABLES}}, {}, "switched"),
    ],
)
def test_a_run_in_which_nothing_failed(run: dict[str, t.Any], says: dict[str, t.Any], verdict: str) -> None:
    assert outcome.conclusion(dataclasses.replace(RUN, **run), settings(**says)) == verdict


FAILED_UNTOUCHED = {"switch": {"failed": True, "changed": False}}


@pytest.mark.parametrize(
    ("run", "says", "ending"),
    [
        ({"switch": {}}, {}, ("refused", "not_needed", "Nothing was changed.")),
        ({}, {"check_mode": True}, ("refused", "not_needed", "Nothing was changed.")),
        (
            {"before": NFTABLES},
            {},
            (
                "failed",
                "not_needed",
                "Nothing was changed, because the cluster has been configured like that before this run; "
                "there is no other configuration to go back to.",
            ),
        ),
        (FAILED_UNTOUCHED, {}, ("refused", "not_needed", "Nothing was changed.")),
        (FAILED_UNTOUCHED, {"rollback": False}, ("refused", "not_needed", "Nothing was changed.")),
        ({}, {"rollback": False}, ("failed", "off", f"The cluster was left as it is, because aks_dataplane_rollback is false. {BY_HAND}")),
        (
            {},
            {"rollback": False, "going_back": True},
            ("failed", "off", "The cluster was left as it is. Do away with the reason and run aks.dataplane.go_back again."),
        ),
        (
            {"restore": {"changed": True}},
            {"kubernetes": False},
            (
                "rolled_back",
                "done",
                "The configuration from before (IPTABLES) was restored. "
                "It is not proved on the nodes, because aks_dataplane_kubernetes is false.",
            ),
        ),
        (
            {"restore": {"changed": True}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The configuration from before (IPTABLES) was restored, and is proved on 3 of 3 nodes."),
        ),
        # Azure may have taken a change whose answer was lost: the restore has changed something.
        (
            {**FAILED_UNTOUCHED, "restore": {"changed": True}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The configuration from before (IPTABLES) was restored, and is proved on 3 of 3 nodes."),
        ),
        (
            {"restore": {"changed": True}},
            {},
            (
                "rollback_failed",
                "failed",
                "The configuration from before (IPTABLES) was restored in Azure, but is not proved on the nodes: n1 runs ipvs. n2 is silent.",
            ),
        ),
        (
            {"restore": {"changed": True}, "proof": {}},
            {},
            (
                "rollback_failed",
                "failed",
                "The configuration from before (IPTABLES) was restored in Azure, but is not proved on the nodes: ",
            ),
        ),
        ({"restore_failure": "No rights."}, {}, ("rollback_failed", "failed", f"The way back failed too: No rights. {BY_HAND}")),
        (
            {"restore_failure": "No rights."},
            {"rollback": False},
            ("rollback_failed", "failed", f"Whether anything was changed could not be read: No rights. {BY_HAND}"),
        ),
    ],
)
def test_a_run_in_which_something_failed(run: dict[str, t.Any], says: dict[str, t.Any], ending: tuple[str, str, str]) -> None:
    assert outcome.rollback(dataclasses.replace(RUN, **run), settings(**says)) == ending


@pytest.mark.parametrize(
    ("run", "says", "ending"),
    [
        ({"switch": {}}, {}, ("refused", "not_needed", "Nothing was changed.")),
        (
            {"restore": {"changed": True, "after": {**LEGACY, "acns": {"enabled": True}}}, "proof": PROVED},
            {},
            (
                "rolled_back",
                "done",
                f"The configuration from before (legacy host routing) was restored, and is proved on 3 of 3 nodes. {BILL}",
            ),
        ),
        (
            {"before": {**LEGACY, "acns": {"enabled": True}}, "restore": {"changed": True, "after": BPF}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The configuration from before (legacy host routing) was restored, and is proved on 3 of 3 nodes."),
        ),
        (
            {"restore_failure": "No rights."},
            {},
            ("rollback_failed", "failed", f"The way back failed too: No rights. {BY_HAND_HOST_ROUTING} {BILL}"),
        ),
        ({"before": {**BPF, "acns": {"enabled": False}}}, {}, ("failed", "not_needed", None)),
    ],
)
def test_a_run_about_host_routing_in_which_something_failed(
    run: dict[str, t.Any], says: dict[str, t.Any], ending: tuple[str, str, str | None]
) -> None:
    verdict, status, text = outcome.rollback(dataclasses.replace(HOST_ROUTING, **run), settings(**says))
    assert (verdict, status) == ending[:2]
    assert ending[2] in (None, text)


@pytest.mark.parametrize(
    ("run", "says", "restores", "awaits"),
    [
        ({}, {}, True, True),
        ({}, {"rollback": False}, True, False),
        ({}, {"kubernetes": False}, True, False),
        ({}, {"check_mode": True}, False, True),
        ({"switch": {}}, {}, False, True),
        ({"before": NFTABLES}, {}, False, True),
        (FAILED_UNTOUCHED, {}, True, False),
        ({**FAILED_UNTOUCHED, "restore": {"changed": True}}, {}, True, True),
    ],
)
def test_whether_to_restore_and_to_wait_for_it(run: dict[str, t.Any], says: dict[str, t.Any], restores: bool, awaits: bool) -> None:
    now = dataclasses.replace(RUN, **run)
    assert outcome.restores(now, settings(**says)) is restores
    assert outcome.awaits_rollback(now, settings(**says)) is awaits


@pytest.mark.parametrize(
    ("verdict", "check_mode", "text"),
    [
        ("planned", True, "the configuration would be changed, as shown above."),
        ("switched", False, "switched, and proved on every node."),
        ("unchanged", True, "the configuration is the wanted one, nothing would be changed."),
        ("unchanged", False, "the configuration is the wanted one already. Nothing was changed, and it is proved on every node."),
        ("unverified", False, "the configuration is set in Azure, but not proved on the nodes, because aks_dataplane_kubernetes is false."),
        ("refused", False, "stopped before anything was changed in the cluster."),
        ("", False, "stopped before anything was changed in the cluster."),
        ("rolled_back", False, "failed, and the configuration from before is restored."),
        ("rollback_failed", False, "failed, and the way back failed too. Look at this cluster now."),
        ("failed", False, "failed, and the cluster was left as it is."),
    ],
)
def test_the_summary(verdict: t.Any, check_mode: bool, text: str) -> None:
    assert outcome.summary(dataclasses.replace(RUN, verdict=verdict), settings(check_mode=check_mode)) == f"aks-a: {text}"


@pytest.mark.parametrize(
    ("run", "failed"),
    [
        ({}, False),
        ({"story": "No."}, True),
        ({"story": "No.", "restore": {"changed": True}, "rollback": {"status": "failed"}}, True),
        ({"story": "No.", "restore": {"changed": True}, "rollback": {"status": "done"}}, False),
        ({"story": "No.", "restore": {"changed": True}}, True),
    ],
)
def test_how_the_last_phase_ended(run: dict[str, t.Any], failed: bool) -> None:
    assert outcome.last_phase_failed(dataclasses.replace(RUN, **run)) is failed


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        ({"msg": "No.", "task": "Ask"}, "No."),
        ({"msg": "", "task": "Ask"}, "The task Ask failed."),
        ({"task": "Ask"}, "The task Ask failed."),
    ],
)
def test_what_failed(failure: dict[str, str], text: str) -> None:
    assert outcome.failure_text(failure) == text


@pytest.mark.parametrize(
    ("run", "check_mode", "statistics"),
    [
        (
            dataclasses.replace(RUN, verdict="switched"),
            False,
            {
                "verdicts": {"blue": "switched"},
                "records": {"blue": "/runs/r1.json"},
                "before": {"blue": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}},
            },
        ),
        (
            dataclasses.replace(HOST_ROUTING, verdict="planned"),
            True,
            {"verdicts": {"blue": "planned"}, "records": {}, "before": {"blue": {"aks_dataplane_host_routing": "disabled"}}},
        ),
        (
            Run(subject="kube_proxy", open=True, record_path="/r"),
            False,
            {"verdicts": {"blue": "refused"}, "records": {"blue": "/r"}, "before": {}},
        ),
        (Run(), False, {"preflight": {"blue": "passed"}, "verdicts": {"blue": "proved"}}),
        (Run(story="No."), False, {"preflight": {"blue": "refused"}, "verdicts": {"blue": "not_proved"}}),
    ],
)
def test_the_statistics(run: Run, check_mode: bool, statistics: dict[str, t.Any]) -> None:
    assert outcome.statistics(run, settings(check_mode=check_mode)) == statistics


@pytest.mark.parametrize(
    ("story", "text"), [("", "can take what is declared."), ("No.", "cannot take what is declared, or could not be checked.")]
)
def test_a_play_that_only_asks(story: str, text: str) -> None:
    assert outcome.checked(Run(story=story), SETTINGS) == f"aks-a: {text}"
