# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forks of one process sign in to the simulator once for all of them, and each for itself where nothing was opened."""

from __future__ import annotations

import functools
import importlib
import json
import os
import pathlib
import signal
import sys
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_STABLE
from ansible_collections.aks.dataplane.plugins.module_utils._arm import shared_answers
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

from tests.support.forks import CONTEXT, in_fork, in_forks
from tests.support.modules import run_module
from tests.support.playbooks import start_playbook
from tests.support.simulator import Simulator

HOSTS = 20
FEW = 6
NAMES = ["aks-a", "aks-b"]
# What forks inherit, they need not import.
for package in ("azure.identity", "azure.mgmt.containerservice"):
    importlib.import_module(package)


@pytest.fixture
def cloud(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    simulator.clear_log()
    return simulator


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[shared_answers.SharedAnswers]:
    """As in a process that will fork: opened."""
    monkeypatch.setattr(shared_answers._Run, "answers", None)
    shared_answers.open_shared()
    opened = shared_answers.shared()
    assert opened is not None
    yield opened
    os.close(opened._descriptor)


def client(**options: t.Any) -> ArmClient:
    return connect({name: option.get("default") for name, option in AZURE.options.items()} | options)


def names(client: ArmClient) -> list[str]:
    return sorted(cluster["name"] for cluster in Clusters(client, DEFAULT_STABLE).list())


def host(**options: t.Any) -> t.Callable[[], t.Any]:
    """What a task of one host does: sign in and list the clusters. In its fork: their names, or code and message of the failure."""

    def work() -> t.Any:
        try:
            return names(client(**options))
        except DataplaneError as exc:
            return exc.code, exc.text

    return work


def asked(simulator: Simulator) -> dict[str, int]:
    """How often each service was asked, besides ARM."""
    kinds = [entry["kind"] for entry in simulator.log()]
    return {kind: kinds.count(kind) for kind in ("metadata", "discovery", "token")}


@pytest.mark.usefixtures("answers")
def test_one_sign_in_for_all_hosts(cloud: Simulator) -> None:
    assert in_forks([host()] * HOSTS) == [NAMES] * HOSTS
    assert asked(cloud) == {"metadata": 1, "discovery": 1, "token": 1}
    assert in_forks([host()] * 2) == [NAMES] * 2
    assert asked(cloud) == {"metadata": 1, "discovery": 1, "token": 1}


def test_without_anything_opened_each_host_signs_in(cloud: Simulator) -> None:
    assert shared_answers.shared() is None
    assert in_forks([host()] * 3) == [NAMES] * 3
    assert asked(cloud) == {"metadata": 3, "discovery": 3, "token": 3}


@pytest.mark.usefixtures("answers")
def test_modules_in_forks_sign_in_once(cloud: Simulator) -> None:
    env = cloud.environment()
    results = in_forks([lambda: run_module("aks_network_info", {}, env=env)] * 4)
    assert [sorted(cluster["name"] for cluster in result["clusters"]) for result in results] == [NAMES] * 4
    assert asked(cloud)["token"] == 1


@pytest.mark.usefixtures("answers")
def test_a_wrong_secret_is_tried_once(cloud: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_SECRET", "wr0ng-s3cret")
    failures = in_forks([host()] * HOSTS) + in_forks([host()])
    assert {code for code, _text in failures} == {"AADSTS7000215"}
    assert len(set(failures)) == 1
    assert "the environment variables" in failures[0][1]
    assert "wr0ng-s3cret" not in failures[0][1]
    assert asked(cloud)["token"] == 1


@pytest.mark.usefixtures("answers")
def test_a_shared_refusal_names_the_place_of_each_host_s_own_credentials(cloud: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_SECRET", "wr0ng-s3cret")
    given = {"tenant": cloud.info["tenant"], "client_id": cloud.info["client_id"], "secret": "wr0ng-s3cret"}
    (_code, from_variables), (_same, from_options) = in_fork(host()), in_fork(host(**given))
    assert "from the environment variables failed" in from_variables
    assert "from the module's options failed" in from_options
    assert asked(cloud)["token"] == 1


@pytest.mark.usefixtures("answers")
def test_a_right_secret_after_a_wrong_one_is_tried(cloud: Simulator) -> None:
    wrong = {"tenant": cloud.info["tenant"], "client_id": cloud.info["client_id"], "secret": "wr0ng-s3cret"}
    results = in_forks([host(**wrong), host(), host(**wrong), host()])
    assert [result == NAMES for result in results] == [False, True, False, True]
    assert asked(cloud)["token"] == 2


@pytest.mark.usefixtures("answers")
def test_identities_have_their_own_tokens(cloud: Simulator, tmp_path: pathlib.Path) -> None:
    """The same client and tenant throughout, so that only the way to sign in distinguishes them."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("header.payload.one")
    other.write_text("header.payload.other")
    common = {"tenant": cloud.info["tenant"], "client_id": cloud.info["client_id"]}
    ways = [
        {**common, "secret": cloud.info["secret"]},
        {**common, "oidc_token": "header.payload.token"},
        {**common, "oidc_token_file_path": str(one)},
        {**common, "oidc_token_file_path": str(other)},
    ]
    assert in_forks([host(**way) for way in ways] * 3) == [NAMES] * 12
    assert asked(cloud)["token"] == len(ways)


@pytest.mark.usefixtures("answers")
def test_a_federated_token_that_was_replaced_signs_in_anew(cloud: Simulator, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "token"
    given = {"tenant": cloud.info["tenant"], "client_id": cloud.info["client_id"], "oidc_token_file_path": str(path)}
    for content, tokens in (("header.payload.one", 1), ("header.payload.one", 1), ("header.payload.two", 2)):
        path.write_text(content)
        assert in_fork(host(**given)) == NAMES
        assert asked(cloud)["token"] == tokens


def token_of(scope: str) -> t.Callable[[], t.Any]:
    def work() -> t.Any:
        (credential,) = (one._credential for one in client()._sdk._pipeline._impl_policies if hasattr(one, "_credential"))
        return credential.get_token(scope).token

    return work


@pytest.mark.usefixtures("answers")
def test_audiences_have_their_own_tokens(cloud: Simulator) -> None:
    """The simulator takes the address of its resource manager with and without a slash at its end for the audience."""
    first, second, again, other = in_forks([token_of(f"{cloud.arm}/.default")] * 3 + [token_of(f"{cloud.arm}//.default")])
    assert first == second == again != other
    assert asked(cloud) == {"metadata": 1, "discovery": 1, "token": 2}


@pytest.mark.parametrize(("lifetime", "used", "replaced"), [(30, 12, 29), (3600, 3299, 3599)])
def test_a_token_is_replaced_before_it_expires(
    cloud: Simulator, answers: shared_answers.SharedAnswers, lifetime: int, used: int, replaced: int
) -> None:
    cloud.settings(token_seconds=lifetime)
    begin, tokens = time.time(), []
    for passed in (0, used, replaced):
        answers._clock = functools.partial(float, begin + passed)
        assert in_fork(host()) == NAMES
        tokens.append(asked(cloud))
    assert [each["token"] for each in tokens] == [1, 1, 2]
    assert tokens[-1]["discovery"] == 1


@pytest.mark.usefixtures("answers")
def test_a_task_asks_with_one_token_of_30_seconds_throughout(cloud: Simulator) -> None:
    """The SDK asks for a token before each request, because this one expires within its own 5 minutes."""
    cloud.settings(token_seconds=30)

    def work() -> t.Any:
        signed_in = client()
        return [names(signed_in) for _look in range(3)]

    assert in_fork(work) == [NAMES] * 3
    assert asked(cloud) == {"metadata": 1, "discovery": 1, "token": 1}


@pytest.mark.usefixtures("answers")
def test_a_token_that_azure_refuses_is_replaced_once_for_all(cloud: Simulator) -> None:
    """A run's token may be revoked while the run goes on: the next host gets another one, and does not fail for the old one."""
    assert in_fork(host()) == NAMES
    cloud.revoke_tokens()
    assert in_forks([host()] * FEW) == [NAMES] * FEW
    assert asked(cloud)["token"] == 2


@pytest.mark.usefixtures("answers")
def test_a_token_that_azure_refuses_right_away_is_an_error_and_dropped(cloud: Simulator) -> None:
    cloud.fault("unauthorized", path="/subscriptions/.*", times=1)
    code, _text = in_fork(host())
    assert code == "ExpiredAuthenticationToken"
    assert in_fork(host()) == NAMES
    assert asked(cloud)["token"] == 2


CLAIMS = json.dumps({"access_token": {"nbf": {"essential": True, "value": "1604106651"}}})


@pytest.mark.usefixtures("answers")
def test_a_claims_challenge_is_answered_once_for_all(cloud: Simulator) -> None:
    assert in_fork(host()) == NAMES
    cloud.settings(claims=CLAIMS)
    assert in_forks([host()] * FEW) == [NAMES] * FEW
    assert asked(cloud)["token"] == 2
    assert in_forks([host()] * 2) == [NAMES] * 2
    assert asked(cloud)["token"] == 2


@pytest.mark.usefixtures("answers")
def test_a_service_that_is_down_for_a_moment_is_asked_again(cloud: Simulator) -> None:
    """Whoever waited for an answer that did not come shares the failure; whoever comes later tries."""
    cloud.fault("server_error", path="/metadata/endpoints", status=400, times=1)
    code, _text = in_fork(host())
    assert code == "CloudMetadata"
    assert in_forks([host()] * 3) == [NAMES] * 3
    assert asked(cloud) == {"metadata": 2, "discovery": 1, "token": 1}


@pytest.mark.usefixtures("answers")
def test_a_host_that_is_killed_while_it_signs_in_holds_nobody_up(cloud: Simulator) -> None:
    cloud.fault("hang", path="/oauth2/v2.0/token", times=1)
    killed = CONTEXT.Process(target=host(), daemon=True)
    killed.start()
    while asked(cloud)["token"] == 0 and asked(cloud)["discovery"] == 0:
        time.sleep(0.05)
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.join(timeout=60)
    cloud.clear_faults()
    assert in_forks([host()] * 3) == [NAMES] * 3


def test_the_file_has_no_name(cloud: Simulator, answers: shared_answers.SharedAnswers) -> None:
    def look() -> tuple[str, int, bool, int]:
        found = os.readlink(f"/proc/self/fd/{answers._descriptor}")
        return found, os.fstat(answers._descriptor).st_nlink, os.get_inheritable(answers._descriptor), len(answers._read())

    assert in_fork(host()) == NAMES
    path, links, inheritable, entries = in_fork(look)
    assert path.endswith(" (deleted)")
    assert (links, inheritable) == (0, False)
    assert entries > 0


@pytest.mark.parametrize(("secret", "failed"), [("", 0), ("wr0ng-s3cret", HOSTS)])
def test_a_playbook_over_20_hosts_signs_in_once(cloud: Simulator, secret: str, failed: int) -> None:
    """Ansible loads the class of an action in the parent of its workers: there it is opened."""
    plays = [{"hosts": "all", "gather_facts": False, "tasks": [{"aks.dataplane.aks_network_info": {}}]}]
    hosts = {f"host-{number}": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} for number in range(HOSTS)}
    env = {**cloud.environment(), **({"AZURE_SECRET": secret} if secret else {})}
    run = start_playbook(plays, {"all": {"hosts": hosts}}, env=env, payloads=False).wait()
    assert len(run.failures()) == failed, run.stdout
    assert len(run.results(action="aks_network_info")) == HOSTS
    assert asked(cloud) == {"metadata": 1, "discovery": 1, "token": 1}
