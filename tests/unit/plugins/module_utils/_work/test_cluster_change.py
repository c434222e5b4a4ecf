# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.comparison import Comparison
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Accepted
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, NotLabelledYet, OperationInProgress, StaleEtag
from ansible_collections.aks.dataplane.plugins.module_utils._arm.operations import Operation, OperationStatus
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import MAX_FAILURES
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.result import Change
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Step
from ansible_collections.aks.dataplane.plugins.module_utils._work.cluster_change import (
    LABEL_PAUSE,
    LABEL_TRIES,
    MAX_PUTS,
    MAX_REFUSALS,
    TRIES_PER_STEP,
    ClusterChange,
)

URL = "https://arm.example/subscriptions/s/operations/op-1?t=signature"
OPERATION = Operation(url=URL, id="op-1")
LEAF = ("properties", "colour")
DELETED = None


def cluster(colour: str = "red", state: str = "Succeeded", **more: t.Any) -> dict[str, t.Any]:
    return {
        "id": "/subscriptions/s/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/c",
        "name": "c",
        "location": "westeurope",
        "eTag": f"etag-{colour}",
        "properties": {"colour": colour, "provisioningState": state, "currentKubernetesVersion": "1.33.1", **more},
    }


def compare_with(wanted: str) -> t.Callable[[dict[str, t.Any]], Comparison]:
    def compare(raw: dict[str, t.Any]) -> Comparison:
        colour = raw["properties"].get("colour", "white")
        changes = () if colour == wanted else (Change("properties.colour", colour, wanted, "restart"),)
        notes = ("The paint needs a day.",) if changes and wanted == "green" else ()
        return Comparison({"colour": colour}, {"colour": wanted}, changes, LEAF, wanted, notes)

    return compare


class FakeClusters:
    """Answers from lists, one answer a call; a list that is at its end repeats its last answer."""

    def __init__(
        self,
        gets: t.Sequence[t.Any] = (),
        puts: t.Sequence[t.Any] = (),
        looks: t.Sequence[t.Any] = (),
        api_version: str = "2026-08-02-preview",
    ) -> None:
        self.api_version = api_version
        self.answers = {"get": list(gets), "put": list(puts), "look": list(looks)}
        self.calls: list[tuple[str, t.Any]] = []

    def _answer(self, kind: str, reported: t.Any) -> t.Any:
        asked = sum(1 for call in self.calls if call[0] == kind)
        self.calls.append((kind, reported))
        answers = self.answers[kind]
        answer = answers[min(asked, len(answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        return copy.deepcopy(answer)

    def get(self, resource_group: str, name: str) -> t.Any:
        return self._answer("get", (resource_group, name))

    def put(self, _resource_group: str, _name: str, body: dict[str, t.Any], etag: str | None) -> t.Any:
        return self._answer("put", (copy.deepcopy(body), etag))

    def read_operation(self, operation: Operation, failures: int = 0) -> OperationStatus:
        return self._answer("look", (operation, failures))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _reported in self.calls]

    def reported(self, kind: str) -> list[t.Any]:
        return [reported for called, reported in self.calls if called == kind]


def change(clusters: FakeClusters, wanted: str = "blue", **options: t.Any) -> ClusterChange:
    return ClusterChange(t.cast(t.Any, clusters), "rg", "c", compare_with(wanted), **options)


def steps(clusters: FakeClusters, limit: int = 60, **options: t.Any) -> list[Step]:
    """All steps to the end, each by a new object and with a state that went through JSON, as the action plugin does it."""
    done: list[Step] = []
    state: t.Any = {}
    while len(done) < limit:
        done.append(change(clusters, **options).advance(state))
        if done[-1].done:
            return done
        state = json.loads(json.dumps(done[-1].state))
    raise AssertionError(f"not done after {limit} steps: {done[-1]}")


def failure(clusters: FakeClusters, **options: t.Any) -> DataplaneError:
    with pytest.raises(DataplaneError) as caught:
        steps(clusters, **options)
    return caught.value


def accepted(body: dict[str, t.Any] | None = None) -> Accepted:
    return Accepted(body=body or cluster("blue", "Updating"), operation=OPERATION)


def running(status: str = "InProgress", retry_after: float | None = None) -> OperationStatus:
    return OperationStatus(status=status, done=False, retry_after=retry_after)


ENDED = OperationStatus(status="Succeeded", done=True)
IN_PROGRESS = OperationInProgress("Another operation (Updating) is in progress.", code="OperationNotAllowed", details={"status": 409})
UNLABELLED = NotLabelledYet("User-installed iptables rules found.", remedy="Look at EB30.", code="BadRequest", details={"status": 400})
STALE = StaleEtag("Stale.", code="PreconditionFailed", details={"status": 412})
NO_ANSWER = ArmError("Azure did not answer.", code="NoAnswer")
THROTTLED = ArmError("Too many requests.", code="TooManyRequests", details={"status": 429})


class TestOneRun:
    def test_nothing_to_change_is_one_read(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue")])
        (step,) = steps(clusters)
        assert clusters.calls == [("get", ("rg", "c"))]
        assert step.result["changed"] is False
        assert step.result["before"] == step.result["after"] == {"colour": "blue"}
        assert step.result["plan"] == []
        assert step.result["operation"] is None
        assert step.result["note"] is None
        assert step.result["diff"]["before"] == step.result["diff"]["after"]
        assert step.result["cluster"]["kubernetes_version"] == "1.33.1"

    def test_check_mode_tells_the_plan_and_sends_nothing(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")])
        (step,) = steps(clusters, check_mode=True)
        assert clusters.kinds == ["get"]
        assert step.result["changed"] is True
        assert step.result["plan"] == [{"path": "properties.colour", "before": "red", "after": "blue", "disruption": "restart"}]
        assert step.result["diff"]["before_header"] == "rg/c"
        assert step.result["operation"] is None

    def test_a_change_is_sent_and_seen_through(self) -> None:
        clusters = FakeClusters(
            gets=[cluster("red"), cluster("blue")],
            puts=[accepted()],
            looks=[running("ReconcilingAddons", 7.0), running("ReconcilingAddons"), ENDED],
        )
        done = steps(clusters)
        assert clusters.kinds == ["get", "put", "look", "look", "look", "get"]
        assert [step.phase for step in done] == ["Updating", "ReconcilingAddons", "ReconcilingAddons", "Succeeded"]
        assert done[1].retry_after == 7.0
        ((body, etag),) = clusters.reported("put")
        assert etag == "etag-red"
        assert body == {"location": "westeurope", "properties": {"colour": "blue"}}
        result = done[-1].result
        assert result["changed"] is True
        assert (result["before"], result["after"]) == ({"colour": "red"}, {"colour": "blue"})
        assert [change["path"] for change in result["plan"]] == ["properties.colour"]
        assert result["operation"] == {"id": "op-1", "status": "Succeeded", "done": True}
        assert result["cluster"]["provisioning_state"] == "Succeeded"

    def test_every_result_on_the_way_describes_the_whole_work(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[accepted()], looks=[running(), ENDED])
        reported = [step.result for step in steps(clusters)]
        assert all(result["changed"] and result["before"] == {"colour": "red"} and result["plan"] for result in reported)
        assert [result["operation"]["done"] for result in reported] == [False, False, True]
        assert "signature" not in json.dumps(reported)

    def test_without_waiting_the_url_is_returned_without_its_signature(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[accepted()])
        step = change(clusters, wait=False).advance({})
        assert step.done is False
        assert step.result["operation"] == {"url": URL.partition("?")[0], "id": "op-1", "status": "Updating", "done": False}
        assert "signature" not in str(step.result)

    def test_an_answer_without_operation_is_followed_by_reading(self) -> None:
        clusters = FakeClusters(
            gets=[cluster("red"), cluster("blue", "Updating"), cluster("blue")], puts=[Accepted(cluster("blue", "Updating"), None)]
        )
        done = steps(clusters)
        assert clusters.kinds == ["get", "put", "get", "get"]
        assert done[-1].result["operation"] == {"id": None, "status": "Succeeded", "done": True}
        assert done[-1].result["changed"] is True

    def test_a_cluster_without_the_etag_that_its_version_shows_is_not_changed(self) -> None:
        raw = cluster("red")
        for etag in ("", None):
            clusters = FakeClusters(gets=[{**raw, "eTag": etag}])
            error = failure(clusters)
            assert error.code == "BadAnswer"
            assert "a cluster without eTag" in error.message
            assert "nothing was changed" in error.message
            assert clusters.kinds == ["get"]

    def test_a_cluster_of_a_version_without_etags_is_changed_whichever_it_has(self) -> None:
        raw = cluster("red")
        del raw["eTag"]
        clusters = FakeClusters(gets=[raw, cluster("blue")], puts=[accepted()], looks=[ENDED], api_version="2022-08-02-preview")
        steps(clusters)
        assert clusters.reported("put")[0][1] == "*"

    def test_the_end_of_the_operation_is_not_yet_the_end_of_the_update(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue", "Updating"), cluster("blue")], puts=[accepted()], looks=[ENDED])
        done = steps(clusters)
        assert [step.phase for step in done] == ["Updating", "Updating", "Succeeded"]
        assert done[-1].result["operation"] == {"id": "op-1", "status": "Succeeded", "done": True}

    def test_time_that_is_up_tells_that_aks_goes_on(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[accepted()])
        error = change(clusters).advance({}).timeout_error(3600)
        assert error is not None
        assert error.message == "The update of cluster c in resource group rg had not ended after 3600 seconds (last seen: Updating)."
        assert "AKS goes on with it." in error.remedy
        assert error.result["operation"] == {"id": "op-1", "status": "Updating", "done": False}


class TestOthersAtWork:
    @pytest.mark.parametrize("state", ["Updating", "creating", "Upgrading", "RotatingClusterCertificates", "SomethingNewing"])
    def test_a_busy_cluster_is_waited_for_and_then_changed(self, state: str) -> None:
        clusters = FakeClusters(gets=[cluster("red", state), cluster("red"), cluster("blue")], puts=[accepted()], looks=[ENDED])
        done = steps(clusters)
        assert clusters.kinds == ["get", "get", "put", "look", "get"]
        assert done[0].phase == state
        assert done[0].result["changed"] is False
        assert done[0].result["plan"]
        assert "url" not in done[0].result["operation"]
        assert done[-1].result["changed"] is True

    def test_a_busy_pool_is_waited_for(self) -> None:
        pools = [{"name": "a", "provisioningState": "Scaling"}]
        clusters = FakeClusters(gets=[cluster("red", agentPoolProfiles=pools), cluster("blue")])
        done = steps(clusters)
        assert [step.phase for step in done] == ["Scaling", "Succeeded"]

    def test_a_change_that_somebody_else_made_meanwhile_is_not_ours(self) -> None:
        clusters = FakeClusters(gets=[cluster("red", "Updating"), cluster("blue")])
        result = steps(clusters)[-1].result
        assert result["changed"] is False
        assert result["before"] == result["after"] == {"colour": "blue"}
        assert result["plan"] == []
        assert result["operation"] == {"id": None, "status": "Succeeded", "done": True}

    def test_a_refusal_because_of_another_operation_is_waited_out(self) -> None:
        clusters = FakeClusters(
            gets=[cluster("red"), cluster("red", "Updating"), cluster("red"), cluster("blue")],
            puts=[IN_PROGRESS, accepted()],
            looks=[ENDED],
        )
        done = steps(clusters)
        assert clusters.kinds == ["get", "put", "get", "get", "put", "look", "get"]
        assert done[0].result["changed"] is False
        assert done[-1].result["changed"] is True

    def test_the_other_operation_may_take_as_long_as_it_wants(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[IN_PROGRESS])
        with pytest.raises(AssertionError, match="not done after 60 steps"):
            steps(clusters)
        error = change(clusters).advance({}).timeout_error(60)
        assert error is not None
        assert error.message.startswith("Another operation on cluster c in resource group rg had not ended after 60 seconds")
        assert error.remedy.startswith("Nothing was changed.")

    def test_without_waiting_a_busy_cluster_is_an_error(self) -> None:
        error = failure(FakeClusters(gets=[cluster("red", "Upgrading")]), wait=False)
        assert error.message == "Another operation (Upgrading) is in progress on cluster c in resource group rg, and nothing was changed."
        assert "wait=true" in error.remedy
        assert error.code == "OperationNotAllowed"

    def test_without_waiting_a_refusal_is_an_error(self) -> None:
        error = failure(FakeClusters(gets=[cluster("red")], puts=[IN_PROGRESS]), wait=False)
        assert error.message == "Another operation (Updating) is in progress. Nothing was changed."
        assert "wait=true" in error.remedy
        assert error.result == {}

    def test_nodes_that_are_not_labelled_yet_are_waited_for(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")] * 3 + [cluster("blue")], puts=[UNLABELLED, UNLABELLED, accepted()], looks=[ENDED])
        done = steps(clusters)
        assert [step.phase for step in done] == ["WaitingForNodeLabels", "WaitingForNodeLabels", "Updating", "Succeeded"]
        assert [step.retry_after for step in done[:2]] == [LABEL_PAUSE, LABEL_PAUSE]
        assert done[0].result["changed"] is False
        assert done[0].timeout_message == "AKS's iptables monitor had not labelled all nodes of cluster c in resource group rg"
        assert done[0].timeout_remedy == "Nothing was changed. Look at EB30."
        assert done[-1].result["changed"] is True

    def test_they_are_not_waited_for_without_end(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[UNLABELLED])
        error = failure(clusters)
        assert len(clusters.reported("put")) == LABEL_TRIES
        assert error.message == f"User-installed iptables rules found. Nothing was changed, and AKS said so {LABEL_TRIES} times."
        assert (error.remedy, error.code, error.result) == ("Look at EB30.", "BadRequest", {})

    def test_without_waiting_they_are_an_error(self) -> None:
        error = failure(FakeClusters(gets=[cluster("red")], puts=[UNLABELLED]), wait=False)
        assert error.message == "User-installed iptables rules found. Nothing was changed."

    def test_without_waiting_a_busy_cluster_that_will_be_as_wanted_is_no_error(self) -> None:
        step = change(FakeClusters(gets=[cluster("blue", "Updating")]), wait=False).advance({})
        assert step.result["changed"] is False
        assert step.result["operation"] == {"id": None, "status": "Updating", "done": False}
        assert step.result["note"] == "The cluster is still Updating."

    def test_check_mode_does_not_wait_for_others(self) -> None:
        (step,) = steps(FakeClusters(gets=[cluster("red", "Updating")]), check_mode=True)
        assert step.result["changed"] is True

    def test_a_stale_etag_is_read_and_compared_again_at_once(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("green"), cluster("blue")], puts=[STALE, accepted()], looks=[ENDED])
        done = steps(clusters)
        assert clusters.kinds == ["get", "put", "get", "put", "look", "get"]
        assert [etag for _body, etag in clusters.reported("put")] == ["etag-red", "etag-green"]
        assert done[-1].result["before"] == {"colour": "green"}

    def test_a_stale_etag_after_somebody_made_the_same_change(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[STALE])
        (step,) = steps(clusters)
        assert step.result["changed"] is False

    def test_endless_conflicts_end(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[STALE])
        error = failure(clusters)
        assert error.code == "EtagMismatch"
        assert clusters.kinds.count("put") == MAX_REFUSALS
        assert failure(FakeClusters(gets=[cluster("red")], puts=[STALE]), wait=False).code == "EtagMismatch"

    def test_conflicts_without_waiting_are_tried_a_few_times(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[STALE])
        failure(clusters, wait=False)
        assert clusters.kinds.count("put") == TRIES_PER_STEP

    def test_a_change_that_is_undone_is_made_again(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("green"), cluster("blue")], puts=[accepted()], looks=[ENDED])
        result = steps(clusters)[-1].result
        assert clusters.kinds.count("put") == 2
        assert (result["before"], result["after"]) == ({"colour": "red"}, {"colour": "blue"})

    def test_a_change_that_is_always_undone_is_given_up(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[accepted()], looks=[ENDED])
        error = failure(clusters)
        assert error.code == "ChangedBack"
        assert "properties.colour" in error.message
        assert clusters.kinds.count("put") == MAX_PUTS
        assert error.result["changed"] is True

    @pytest.mark.parametrize("code", ["NotLatestOperation", "OriginalEtagNotExpect"])
    def test_an_operation_that_was_taken_over_is_decided_by_the_cluster(self, code: str) -> None:
        taken = OperationStatus(status="Failed", done=True, error=ArmError("Preempted.", code=code))
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue", "Updating"), cluster("blue")], puts=[accepted()], looks=[taken])
        assert steps(clusters)[-1].result["changed"] is True


class TestFailures:
    def test_a_failed_operation_is_reported_with_what_to_do(self) -> None:
        failed = OperationStatus(
            status="Failed", done=True, error=ArmError("No cores.", remedy="Ask for more.", code="QuotaExceeded", details={"subcode": "x"})
        )
        clusters = FakeClusters(gets=[cluster("red")], puts=[accepted()], looks=[failed])
        error = failure(clusters)
        assert (error.message, error.code, error.details) == ("No cores.", "QuotaExceeded", {"subcode": "x"})
        assert error.remedy.startswith("Ask for more. ")
        assert "az aks update --resource-group rg --name c" in error.remedy
        assert error.result["changed"] is True
        assert error.result["before"] == {"colour": "red"}
        assert error.result["operation"] == {"id": "op-1", "status": "Failed", "done": True}

    @pytest.mark.parametrize("state", ["Failed", "Canceled"])
    def test_a_cluster_that_failed_with_our_change_is_a_failure(self, state: str) -> None:
        status = {"provisioningError": {"code": "Boom", "message": "It broke."}}
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue", state, status=status)], puts=[accepted()], looks=[ENDED])
        error = failure(clusters)
        assert error.message == f"The cluster c in resource group rg is in provisioning state {state} after the update: Boom: It broke."
        assert error.code == "OperationFailed"

    def test_a_cluster_that_failed_before_is_changed_with_a_note(self) -> None:
        clusters = FakeClusters(gets=[cluster("red", "Failed"), cluster("blue")], puts=[accepted()], looks=[ENDED])
        result = steps(clusters)[-1].result
        assert result["changed"] is True
        assert "ended as Failed" in result["note"]

    @pytest.mark.parametrize("state", ["Failed", "Canceled"])
    def test_a_cluster_that_failed_before_and_is_as_wanted_has_it_carried_out_again(self, state: str) -> None:
        clusters = FakeClusters(gets=[cluster("blue", state), cluster("blue")], puts=[accepted()], looks=[running(), ENDED])
        done = steps(clusters)
        assert clusters.reported("put") == [({"location": "westeurope", "properties": {"colour": "blue"}}, "etag-blue")]
        for step in done:
            assert step.result["changed"] is True
            assert step.result["before"] == step.result["after"] == {"colour": "blue"}
            assert step.result["plan"] == [
                {"path": "properties.provisioningState", "before": state, "after": "Succeeded", "disruption": "restart"}
            ]
            assert f"ended as {state}" in step.result["note"]
            assert "sends it again" in step.result["note"]
        assert steps(FakeClusters(gets=[cluster("blue")]))[-1].result["changed"] is False

    def test_so_has_one_that_fails_in_the_operation_of_somebody_else(self) -> None:
        clusters = FakeClusters(
            gets=[cluster("blue", "Updating"), cluster("blue", "Failed"), cluster("blue")], puts=[accepted()], looks=[ENDED]
        )
        result = steps(clusters)[-1].result
        assert clusters.kinds == ["get", "get", "put", "look", "get"]
        assert result["changed"] is True

    def test_check_mode_plans_it(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue", "Failed")])
        (step,) = steps(clusters, check_mode=True)
        assert clusters.kinds == ["get"]
        assert step.result["changed"] is True
        assert [item["path"] for item in step.result["plan"]] == ["properties.provisioningState"]
        assert "sends it again" in step.result["note"]

    @pytest.mark.parametrize("puts", [[accepted()], [NO_ANSWER, accepted()]])
    def test_a_repair_that_fails_is_a_failure(self, puts: list[t.Any]) -> None:
        clusters = FakeClusters(gets=[cluster("blue", "Failed")], puts=puts, looks=[ENDED])
        error = failure(clusters)
        assert error.code == "OperationFailed"
        assert clusters.kinds.count("put") == len(puts)
        assert error.result["changed"] is True

    def test_a_repair_whose_answer_was_lost_is_a_change(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue", "Failed"), cluster("blue", "Updating"), cluster("blue")], puts=[NO_ANSWER])
        result = steps(clusters)[-1].result
        assert (clusters.kinds.count("put"), result["changed"]) == (1, True)

    def test_a_failed_cluster_that_is_stopped_is_no_success(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue", "Failed", powerState={"code": "Stopped"})])
        assert failure(clusters).code == "ClusterStopped"

    def test_a_field_that_aks_does_not_take_is_named_with_its_place(self) -> None:
        refused = ArmError(
            'PUT x was answered with 400, UnmarshalError: json: unknown field "adminUsers".', code="UnmarshalError", details={"status": 400}
        )
        raw = cluster("red", aadProfile={"adminUsers": ["a"]})
        error = failure(FakeClusters(gets=[raw], puts=[refused]))
        assert error.code == "UnmarshalError"
        assert "does not take the field adminUsers at properties.aadProfile.adminUsers" in error.message
        assert "Nothing was changed" in error.message
        assert "az aks show --resource-group rg --name c" in error.remedy
        assert error.details["target"] == "properties.aadProfile.adminUsers"
        assert error.result == {}

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_a_stopped_cluster_is_refused(self, check_mode: bool) -> None:
        clusters = FakeClusters(gets=[cluster("red", powerState={"code": "Stopped"})])
        error = failure(clusters, check_mode=check_mode)
        assert error.code == "ClusterStopped"
        assert "az aks start" in error.remedy
        assert clusters.kinds == ["get"]

    def test_a_stopped_cluster_that_is_as_wanted_is_fine(self) -> None:
        (step,) = steps(FakeClusters(gets=[cluster("blue", powerState={"code": "Stopped"})]))
        assert step.result["changed"] is False

    def test_a_cluster_that_is_deleted_is_refused(self) -> None:
        assert failure(FakeClusters(gets=[cluster("red", "Deleting")])).code == "ClusterDeleting"

    def test_a_cluster_that_is_gone_in_the_end_is_a_failure(self) -> None:
        error = failure(FakeClusters(gets=[cluster("red"), DELETED], puts=[accepted()], looks=[ENDED]))
        assert error.code == "ClusterGone"
        assert error.result["changed"] is True

    def test_a_cluster_that_is_not_there(self) -> None:
        error = failure(FakeClusters(gets=[DELETED]))
        assert error.code == "ResourceNotFound"
        assert error.message == "Cluster c does not exist in resource group rg."

    def test_what_cannot_be_compared_is_not_sent(self) -> None:
        def refuse(_raw: dict[str, t.Any]) -> Comparison:
            raise DataplaneError("Cannot be.")

        clusters = FakeClusters(gets=[cluster("red")])
        with pytest.raises(DataplaneError, match="Cannot be"):
            ClusterChange(t.cast(t.Any, clusters), "rg", "c", refuse).advance({})
        assert clusters.kinds == ["get"]

    def test_a_refusal_is_a_failure_without_change(self) -> None:
        refused = ArmError("Bad.", code="BadRequest", details={"status": 400})
        error = failure(FakeClusters(gets=[cluster("red")], puts=[refused]))
        assert error is refused
        assert error.result == {}


class TestLostAnswers:
    def test_the_first_read_must_be_answered(self) -> None:
        assert failure(FakeClusters(gets=[NO_ANSWER])) is NO_ANSWER

    def test_later_reads_may_fail_for_a_while(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), NO_ANSWER, THROTTLED, cluster("blue")], puts=[accepted()], looks=[ENDED])
        done = steps(clusters)
        assert [step.phase for step in done] == ["Updating", "Unknown", "Unknown", "Succeeded"]
        assert clusters.kinds == ["get", "put", "look", "get", "get", "get"]

    def test_but_not_for_ever(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), NO_ANSWER], puts=[accepted()], looks=[ENDED])
        error = failure(clusters)
        assert error.code == "NoAnswer"
        assert error.result["changed"] is True
        assert clusters.kinds.count("get") == 1 + MAX_FAILURES + 1

    def test_a_read_that_is_refused_is_a_failure(self) -> None:
        forbidden = ArmError("No.", code="AuthorizationFailed", details={"status": 403})
        assert failure(FakeClusters(gets=[cluster("red"), forbidden], puts=[accepted()], looks=[ENDED])).code == "AuthorizationFailed"

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("asked", ["look", "get"])
    def test_who_was_allowed_to_change_is_refused_a_look_for_a_while(self, status: int, asked: str) -> None:
        """A token that was withdrawn, a right that is not everywhere yet: the change goes on all the same."""
        refused = ArmError("No.", code="AuthorizationFailed", details={"status": status})
        gets = [cluster("red"), *([refused, refused] if asked == "get" else []), cluster("blue")]
        looks = [*([refused, refused] if asked == "look" else []), ENDED]
        clusters = FakeClusters(gets=gets, puts=[accepted()], looks=looks)
        assert [step.phase for step in steps(clusters)] == ["Updating", "Unknown", "Unknown", "Succeeded"]

    @pytest.mark.parametrize("status", [401, 403])
    def test_but_is_not_refused_it_for_ever(self, status: int) -> None:
        refused = ArmError("No.", code="AuthorizationFailed", details={"status": status})
        clusters = FakeClusters(gets=[cluster("red")], puts=[accepted()], looks=[refused])
        error = failure(clusters)
        assert (error.code, error.result["changed"]) == ("AuthorizationFailed", True)
        assert clusters.kinds.count("look") == MAX_FAILURES + 1

    def test_who_has_changed_nothing_yet_is_refused_at_once(self) -> None:
        refused = ArmError("No.", code="AuthorizationFailed", details={"status": 403})
        clusters = FakeClusters(gets=[cluster("red")], looks=[refused])
        assert failure(clusters, resume=OPERATION) is refused
        assert clusters.kinds == ["look"]

    def test_a_change_without_answer_that_arrived_is_ours(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue", "Updating"), cluster("blue")], puts=[NO_ANSWER])
        result = steps(clusters)[-1].result
        assert clusters.kinds.count("put") == 1
        assert result["changed"] is True
        assert (result["before"], result["after"]) == ({"colour": "red"}, {"colour": "blue"})
        assert result["plan"]

    def test_a_change_without_answer_that_did_not_arrive_is_sent_again(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("red"), cluster("blue")], puts=[NO_ANSWER, accepted()], looks=[ENDED])
        result = steps(clusters)[-1].result
        assert clusters.kinds == ["get", "put", "get", "put", "look", "get"]
        assert result["changed"] is True

    def test_a_change_without_answer_that_arrived_and_failed_is_a_failure(self) -> None:
        error = failure(FakeClusters(gets=[cluster("red"), cluster("blue", "Failed")], puts=[NO_ANSWER]))
        assert error.code == "OperationFailed"

    def test_a_throttled_change_did_not_arrive(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[THROTTLED])
        assert steps(clusters)[-1].result["changed"] is False

    @pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 505, 520, 524, 599])
    @pytest.mark.parametrize("arrived", [True, False])
    def test_a_change_with_an_answer_of_trouble_is_decided_by_reading(self, status: int, arrived: bool) -> None:
        trouble = ArmError("Trouble.", code=f"Http{status}", details={"status": status})
        gets = [cluster("red"), cluster("blue" if arrived else "red"), cluster("blue")]
        clusters = FakeClusters(gets=gets, puts=[trouble, accepted()], looks=[ENDED])
        result = steps(clusters)[-1].result
        assert clusters.kinds.count("put") == (1 if arrived else 2)
        assert result["changed"] is True
        assert result["before"] == {"colour": "red"}
        assert f"an HTTP status {status}: it may have arrived" in result["note"]

    @pytest.mark.parametrize("status", [501, 505, 520, 524, 599, None])
    def test_without_waiting_it_is_a_failure_that_says_that_it_may_have_arrived(self, status: int | None) -> None:
        trouble = ArmError("Trouble.", code="NoAnswer" if status is None else f"Http{status}", details={"status": status})
        error = failure(FakeClusters(gets=[cluster("red")], puts=[trouble]), wait=False)
        assert error.result["changed"] is True
        assert (error.result["before"], error.result["after"]) == ({"colour": "red"}, {"colour": "blue"})
        assert "it may have arrived" in error.result["note"]
        assert "The change may have arrived" in error.text

    def test_an_acceptance_that_is_not_azures_is_decided_by_reading(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[ArmError("Odd.", code="BadAnswer")])
        result = steps(clusters)[-1].result
        assert result["changed"] is True
        assert "may have arrived" in result["note"]

    def test_a_change_that_nobody_got_has_changed_nothing(self) -> None:
        unreachable = ArmError("Refused the connection.", code="HostUnreachable")
        error = failure(FakeClusters(gets=[cluster("red")], puts=[unreachable]), wait=False)
        assert error.result == {}

    def test_changes_that_never_get_an_answer_end(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")], puts=[NO_ANSWER])
        assert failure(clusters) is NO_ANSWER
        assert clusters.kinds.count("put") == MAX_REFUSALS

    def test_without_waiting_a_lost_answer_is_a_failure_that_tells_what_may_have_happened(self) -> None:
        lost = ArmError("Azure did not answer.", code="NoAnswer")
        error = failure(FakeClusters(gets=[cluster("red")], puts=[lost]), wait=False)
        assert error.result["changed"] is True
        assert error.result["before"] == {"colour": "red"}

    def test_looks_that_fail_are_counted_from_step_to_step(self) -> None:
        unknown = [OperationStatus(status="Unknown", done=False, failures=count) for count in (1, 2)]
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[accepted()], looks=[*unknown, ENDED])
        steps(clusters)
        assert [failures for _operation, failures in clusters.reported("look")] == [0, 1, 2]


class TestResume:
    RESUMED = Operation(url="https://arm.example/operations/op-9?t=secret", id="op-9")

    def test_the_operation_is_waited_for_first(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue")], looks=[running("ReconcilingAddons"), ENDED])
        done = steps(clusters, resume=self.RESUMED)
        assert clusters.kinds == ["look", "look", "get"]
        assert done[-1].result["changed"] is False
        assert done[-1].result["operation"] == {"id": "op-9", "status": "Succeeded", "done": True}

    def test_its_url_is_in_no_state_and_no_result(self) -> None:
        clusters = FakeClusters(gets=[cluster("blue")], looks=[running(), ENDED])
        for step in steps(clusters, resume=self.RESUMED):
            assert "secret" not in json.dumps([step.state, dict(step.result)])

    @pytest.mark.parametrize("status", [400, 401, 403])
    def test_where_azure_wants_the_signature_the_cluster_is_waited_for(self, status: int) -> None:
        """That no result shows."""
        refused = ArmError("m", code="x", details={"status": status})
        clusters = FakeClusters(gets=[cluster("blue", "Updating"), cluster("blue")], looks=[refused])
        done = steps(clusters, resume=Operation.from_url("https://arm.example/operations/op-9?api-version=1"))
        assert clusters.kinds == ["look", "get", "get"]
        assert done[-1].result["changed"] is False
        assert done[-1].result["operation"] == {"id": "op-9", "status": "Succeeded", "done": True}
        assert failure(FakeClusters(looks=[refused]), resume=self.RESUMED) is refused

    def test_what_is_still_missing_is_changed_after_it(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[accepted()], looks=[ENDED, running(), ENDED])
        done = steps(clusters, resume=self.RESUMED)
        assert clusters.kinds == ["look", "get", "put", "look", "look", "get"]
        assert [operation.id for operation, _failures in clusters.reported("look")] == ["op-9", "op-1", "op-1"]
        assert done[-1].result["changed"] is True

    def test_its_failure_is_ours(self) -> None:
        failed = OperationStatus(status="Failed", done=True, error=ArmError("No cores.", code="QuotaExceeded"))
        assert failure(FakeClusters(looks=[failed]), resume=self.RESUMED).code == "QuotaExceeded"

    def test_check_mode_does_not_look_at_it(self) -> None:
        clusters = FakeClusters(gets=[cluster("red")])
        steps(clusters, check_mode=True, resume=self.RESUMED)
        assert clusters.kinds == ["get"]

    def test_without_waiting_it_is_looked_at_once(self) -> None:
        clusters = FakeClusters(looks=[running("ReconcilingAddons")])
        step = change(clusters, wait=False, resume=self.RESUMED).advance({})
        assert step.result["changed"] is False
        assert step.result["operation"] == {"id": "op-9", "status": "ReconcilingAddons", "done": False}


class TestCreation:
    BODY: t.ClassVar = {"location": "westeurope", "properties": {"dnsPrefix": "c", "windowsProfile": {"adminPassword": "hidden"}}}

    def test_a_cluster_is_made_with_the_leaf(self) -> None:
        created = accepted(cluster("blue", "Creating"))
        clusters = FakeClusters(gets=[DELETED, cluster("blue")], puts=[created], looks=[running("CreatingAgentPools: 1/1"), ENDED])
        done = steps(clusters, create_body=self.BODY)
        ((body, etag),) = clusters.reported("put")
        assert body == {"location": "westeurope", "properties": {**self.BODY["properties"], "colour": "blue"}}
        assert etag is None
        result = done[-1].result
        assert result["changed"] is True
        assert result["before"] is None
        assert result["after"] == {"colour": "blue"}
        assert result["plan"] == [
            {"path": "", "before": None, "after": {"name": "c", "resource_group": "rg", "location": "westeurope"}, "disruption": "none"}
        ]
        assert result["note"] is None
        assert "hidden" not in json.dumps([[step.state, dict(step.result)] for step in done])

    def test_check_mode_tells_of_it(self) -> None:
        clusters = FakeClusters(gets=[DELETED])
        (step,) = steps(clusters, check_mode=True, create_body=self.BODY)
        assert clusters.kinds == ["get"]
        assert step.result["changed"] is True
        assert step.result["cluster"]["id"] is None

    def test_a_cluster_that_exists_is_changed_and_the_body_ignored(self) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("blue")], puts=[accepted()], looks=[ENDED])
        result = steps(clusters, create_body=self.BODY)[-1].result
        assert "dnsPrefix" not in clusters.reported("put")[0][0]["properties"]
        assert result["note"] == "managed_cluster was ignored, because the cluster exists."

    def test_a_cluster_that_somebody_else_makes_before_the_change_arrives_is_not_overwritten(self) -> None:
        clusters = FakeClusters(gets=[DELETED, cluster("white"), cluster("blue")], puts=[STALE, accepted()], looks=[ENDED])
        result = steps(clusters, create_body=self.BODY)[-1].result
        assert [etag for _body, etag in clusters.reported("put")] == [None, "etag-white"]
        assert "dnsPrefix" not in clusters.reported("put")[1][0]["properties"]
        assert result["before"] == {"colour": "white"}
        assert "ignored" in result["note"]

    def test_a_cluster_that_somebody_else_makes_at_the_same_time_is_waited_for(self) -> None:
        clusters = FakeClusters(
            gets=[DELETED, cluster("white", "Creating"), cluster("white"), cluster("blue")], puts=[IN_PROGRESS, accepted()], looks=[ENDED]
        )
        result = steps(clusters, create_body=self.BODY)[-1].result
        assert result["before"] == {"colour": "white"}
        assert "ignored" in result["note"]

    def test_a_creation_that_fails_is_reported(self) -> None:
        failed = OperationStatus(status="Failed", done=True, error=ArmError("No cores.", code="QuotaExceeded"))
        error = failure(FakeClusters(gets=[DELETED], puts=[accepted(cluster("blue", "Creating"))], looks=[failed]), create_body=self.BODY)
        assert error.result["changed"] is True
        assert error.result["before"] is None


class TestNotesOfTheComparison:
    """Only where the cluster that is there is changed."""

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_a_change_tells_them_once(self, check_mode: bool) -> None:
        clusters = FakeClusters(gets=[cluster("red"), cluster("red"), cluster("green")], puts=[STALE, accepted()], looks=[running(), ENDED])
        done = steps(clusters, wanted="green", check_mode=check_mode)
        assert {step.result["note"] for step in done} == {"The paint needs a day."}

    def test_no_change_does_not(self) -> None:
        assert steps(FakeClusters(gets=[cluster("green")]), wanted="green")[-1].result["note"] is None

    def test_a_new_cluster_does_not(self) -> None:
        clusters = FakeClusters(gets=[DELETED, cluster("green")], puts=[accepted()], looks=[ENDED])
        assert steps(clusters, wanted="green", create_body=TestCreation.BODY)[-1].result["note"] is None
