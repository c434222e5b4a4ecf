# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated API server answers as a real one: the same questions to both, and statuses, headers and bodies compared."""

from __future__ import annotations

import base64
import concurrent.futures
import dataclasses
import json
import pathlib
import re
import time
import typing as t

import pytest
import yaml

from tests.cluster.accounts import Account
from tests.cluster.api import Answer, Api
from tests.cluster.client import ClusterClient
from tests.support.simulator import Simulator

SYSTEM = "/api/v1/namespaces/kube-system"
APPS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
# What service accounts are called as users, and who asks the simulated server.
ACCOUNTS = "system:serviceaccount:kube-system"
USER = "clusterUser"
PROXY_PODS = f"{SYSTEM}/pods?labelSelector=component%3Dkube-proxy"


@dataclasses.dataclass(frozen=True)
class Server:
    """An API server with its path, and the name of a kube-proxy pod in it."""

    api: Api
    pod: str

    def ask(self, method: str, path: str, body: t.Any = None) -> Answer:
        return self.api.request(method, path.replace("POD", self.pod), body)


def server(cloud: Simulator, tmp_path: pathlib.Path, name: str) -> Server:
    config = yaml.safe_load(pathlib.Path(cloud.kubeconfig(name)).read_text(encoding="utf-8"))
    where = config["clusters"][0]["cluster"]
    authority = base64.b64decode(where["certificate-authority-data"]).decode()
    api = Api(where["server"], authority, config["users"][0]["user"]["token"])
    return Server(api, api.request("GET", PROXY_PODS).body["items"][0]["metadata"]["name"])


@pytest.fixture
def both(cloud: Simulator, tmp_path: pathlib.Path) -> tuple[Server, Server]:
    """The real one and the simulated one."""
    return server(cloud, tmp_path, "aks-a"), server(cloud, tmp_path, "aks-b")


# What an answer has of the moment and the connection: no client of an API server goes by it.
PASSING = {"date", "content-length", "transfer-encoding", "connection"}
# Names of the answer, or of the rule that it was let in by: only whether there is one can be the same.
IDS = ("audit-id", "x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid", "process-start-time-unix")


def headers_of(answer: Answer) -> dict[str, str]:
    """All others, among them those that clients go by: Content-Type, Warning, Retry-After, Www-Authenticate, Cache-Control."""
    return {name: "any" if name in IDS else value for name, value in sorted(answer.headers.items()) if name not in PASSING}


def reported(answer: Answer, asked: Server) -> dict[str, t.Any]:
    """What must be the same: of errors the whole body, of texts the text, of lists and objects what they are."""
    body = answer.body
    if isinstance(body, dict) and body.get("kind") == "Status":
        shown: t.Any = body
    elif isinstance(body, dict):
        shown = {key: body.get(key) for key in ("kind", "apiVersion")}
    else:
        shown = body
    text = re.sub(r"\d+\.\d+\.\d+\.\d+", "ADDRESS", json.dumps(shown, sort_keys=True, indent=1).replace(asked.pod, "POD"))
    return {"status": answer.status, "headers": headers_of(answer), "body": text}


REVIEW = {
    "kind": "SelfSubjectAccessReview",
    "apiVersion": "authorization.k8s.io/v1",
    "spec": {"resourceAttributes": {"namespace": "kube-system", "verb": "get", "resource": "pods", "subresource": "proxy"}},
}
QUESTIONS: tuple[tuple[str, str, t.Any], ...] = (
    ("GET", "/api/v1/nodes", None),
    ("GET", "/api/v1/nodes?limit=1", None),
    ("GET", "/api/v1/nodes?limit=1&continue=garbage", None),
    ("GET", "/api/v1/nodes/absent", None),
    ("GET", "/api/v1/namespaces/kube-system", None),
    ("GET", "/api/v1/namespaces/absent", None),
    ("GET", f"{SYSTEM}/pods", None),
    ("GET", f"{SYSTEM}/pods/POD", None),
    ("GET", f"{SYSTEM}/pods/absent", None),
    ("GET", f"{APPS}/kube-proxy", None),
    ("GET", f"{APPS}/absent", None),
    ("GET", "/api/v1/services", None),
    ("GET", "/apis/absent.example/v1/things", None),
    ("GET", f"{SYSTEM}/pods/POD:10249/proxy/proxyMode", None),
    ("GET", f"{SYSTEM}/pods/POD:10249/proxy/absent", None),
    ("GET", f"{SYSTEM}/pods/POD:10249/proxy/healthz", None),
    ("GET", "/nowhere", None),
    ("DELETE", f"{SYSTEM}/configmaps/absent", None),
    ("DELETE", f"{APPS}/absent", None),
    ("GET", f"{SYSTEM}/pods/POD:1/proxy/proxyMode", None),
    ("GET", f"{SYSTEM}/pods/absent:10249/proxy/proxyMode", None),
    ("GET", f"{SYSTEM}/pods/absent/log", None),
    ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", REVIEW),
)


@pytest.mark.parametrize(("method", "path", "body"), QUESTIONS, ids=[f"{method} {path}" for method, path, _body in QUESTIONS])
def test_the_same_answer(both: tuple[Server, Server], method: str, path: str, body: t.Any) -> None:
    real, simulated = (reported(one.ask(method, path, body), one) for one in both)
    assert simulated == real


def test_items_of_lists_name_no_kind(both: tuple[Server, Server]) -> None:
    """Neither do those of real API servers."""
    for path in ("/api/v1/nodes", PROXY_PODS, "/apis/apps/v1/daemonsets", "/api/v1/services"):
        real, simulated = (
            {key for item in one.ask("GET", path).body["items"] for key in item if key in ("kind", "apiVersion")} for one in both
        )
        assert simulated == real, path


def test_a_token_that_is_not_known(both: tuple[Server, Server]) -> None:
    answers = [reported(one.api.as_user("x").request("GET", "/api/v1/nodes"), one) for one in both]
    assert answers[1] == answers[0]


def test_pages(both: tuple[Server, Server]) -> None:
    pages = []
    for one in both:
        first = one.ask("GET", "/api/v1/nodes?limit=2").body
        last = one.ask("GET", f"/api/v1/nodes?limit=2&continue={first['metadata']['continue']}").body
        pages.append(
            [
                (len(page["items"]), page["metadata"].get("remainingItemCount"), bool(page["metadata"].get("continue")))
                for page in (first, last)
            ]
        )
    assert pages[1] == pages[0]


def test_what_a_kube_proxy_says_of_its_health(both: tuple[Server, Server]) -> None:
    answers = [one.ask("GET", f"{SYSTEM}/pods/POD:10256/proxy/healthz") for one in both]
    assert [answer.status for answer in answers] == [200, 200]
    assert headers_of(answers[1]) == headers_of(answers[0])
    assert set(answers[1].body) == set(answers[0].body)


@pytest.mark.parametrize("name", ["last_timestamp_seconds", "last_queued_timestamp_seconds", "duration_seconds_count"])
def test_metrics(both: tuple[Server, Server], name: str) -> None:
    """kube-proxy's word for how current its rules are."""
    answers = [one.ask("GET", f"{SYSTEM}/pods/POD:10249/proxy/metrics") for one in both]
    for answer in answers:
        assert re.search(rf"^kubeproxy_sync_proxy_rules_{name}\b.* [0-9.e+]+$", str(answer.body), re.MULTILINE), answer
    assert headers_of(answers[1]) == headers_of(answers[0])


def test_what_a_kube_proxy_says_of_its_configuration(both: tuple[Server, Server]) -> None:
    answers = [one.ask("GET", f"{SYSTEM}/pods/POD:10249/proxy/configz") for one in both]
    assert headers_of(answers[1]) == headers_of(answers[0])


@pytest.fixture
def strangers(cloud: Simulator, cluster: ClusterClient, both: tuple[Server, Server]) -> t.Iterator[tuple[Server, Server]]:
    """The same servers, asked by somebody who is known and may do nothing."""
    account = Account(cluster.api, "stranger", ())
    cloud.kube("aks-b", deny=["."])
    yield dataclasses.replace(both[0], api=account.as_itself()), both[1]
    cloud.kube("aks-b", deny=[])
    account.remove()


REFUSED = (
    "/api/v1/nodes",
    "/api/v1/nodes/absent",
    "/api/v1/namespaces",
    "/api/v1/namespaces/kube-system",
    f"{SYSTEM}/pods?labelSelector=component%3Dkube-proxy",
    f"{SYSTEM}/pods/POD",
    f"{SYSTEM}/pods/POD/log?container=kube-proxy",
    f"{SYSTEM}/pods/POD/exec?container=kube-proxy&command=true&stdout=true",
    f"{SYSTEM}/pods/POD:10249/proxy/proxyMode",
    f"{SYSTEM}/configmaps/cilium-config",
    f"{APPS}/kube-proxy",
    "/apis/apps/v1/daemonsets",
    "/api/v1/services",
    "/api/v1/namespaces/default/events",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/apis/policy/v1/poddisruptionbudgets",
    "/apis/cilium.io/v2/ciliumnodes",
    "/apis/operator.tigera.io/v1/installations/default",
    "/nowhere",
)


def test_the_same_refusals(strangers: tuple[Server, Server]) -> None:
    answers = [{path: reported(one.ask("GET", path), one) for path in REFUSED} for one in strangers]
    real = {path: {**answer, "body": answer["body"].replace(f"{ACCOUNTS}:stranger", USER)} for path, answer in answers[0].items()}
    assert answers[1] == real


FLOW = "/apis/flowcontrol.apiserver.k8s.io/v1"


@pytest.fixture
def throttled(cloud: Simulator, cluster: ClusterClient, both: tuple[Server, Server]) -> t.Iterator[tuple[Server, Server]]:
    """The same servers, neither of which has time for who asks."""
    account = Account(cluster.api, "hasty", ())
    rules = {"resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}]}
    who = {"kind": "ServiceAccount", "serviceAccount": {"namespace": "kube-system", "name": "hasty"}}
    made = {
        "prioritylevelconfigurations": {
            "type": "Limited",
            "limited": {"nominalConcurrencyShares": 0, "borrowingLimitPercent": 0, "limitResponse": {"type": "Reject"}},
        },
        "flowschemas": {
            "priorityLevelConfiguration": {"name": "hasty"},
            "matchingPrecedence": 3,
            "rules": [{"subjects": [who], **rules}],
        },
    }
    for plural, spec in made.items():
        answer = cluster.api.request("POST", f"{FLOW}/{plural}", {"metadata": {"name": "hasty"}, "spec": spec})
        assert answer.status == 201, answer.body
    cloud.fault("throttle", path="/k8s/aks-b/", times=None)
    yield dataclasses.replace(both[0], api=account.as_itself()), both[1]
    cloud.clear_faults()
    for plural in reversed(made):
        cluster.api.request("DELETE", f"{FLOW}/{plural}/hasty")
    account.remove()


def test_too_many_requests(throttled: tuple[Server, Server]) -> None:
    """The API server always answers one at a time, and takes the rule up a little later."""
    over, refused = time.monotonic() + 60, list[Answer]()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        while not refused:
            assert time.monotonic() < over
            answers = threads.map(lambda _number: throttled[0].ask("GET", "/api/v1/nodes"), range(16))
            refused = [answer for answer in answers if answer.status == 429]
    assert reported(throttled[1].ask("GET", "/api/v1/nodes"), throttled[1]) == reported(refused[0], throttled[0])
