# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import pathlib
import typing as t
import urllib.parse

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import ATTEMPTS, PAGE, KubeClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import BrokenConnection, unreachable
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError, NoAnswer
from hypothesis import given
from hypothesis import strategies as st

SERVER = "https://api.example"
# So that random JSON comes near a list.
KEYS = st.sampled_from(["kind", "items", "metadata", "continue", "name", "x"])


class Scripted:
    """A transport that plays back answers and errors, and notes what it was asked."""

    server = SERVER
    origin = "/tmp/kubeconfig"

    def __init__(self, *answers: Answer | KubeError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = 0) -> Answer:
        self.asked.append((method, path))
        answer = self.answers.pop(0)
        if isinstance(answer, KubeError):
            raise answer
        return answer

    def lines(self, at_most: int) -> list[t.Any]:
        return []


def ok(value: t.Any) -> Answer:
    return Answer(200, json.dumps(value).encode())


def status(code: int, message: str = "a reason", retry_after: float | None = None) -> Answer:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return Answer(code, json.dumps(body).encode(), retry_after)


def client(*answers: Answer | KubeError) -> tuple[KubeClient, Scripted, list[float]]:
    transport, slept = Scripted(*answers), []
    return KubeClient(transport, sleep=slept.append), transport, slept


def listed(*names: str, following: str = "") -> Answer:
    """A page of a list of pods."""
    metadata = {"continue": following} if following else {}
    return ok({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": [{"metadata": {"name": name}} for name in names]})


def name_of(raw: t.Any) -> str:
    return str(raw["metadata"]["name"])


BROKEN = BrokenConnection(SERVER, "GET /x", "Connection reset by peer")
SLOW = NoAnswer(SERVER, "GET /x", "the answer took too long")
GONE = unreachable(SERVER, "/tmp/kubeconfig", "Connection refused")


def test_get_gives_the_object() -> None:
    asked, transport, _slept = client(ok({"kind": "Node"}))
    assert asked.get("/api/v1/nodes/a", {"x": "y z"}) == {"kind": "Node"}
    assert transport.asked == [("GET", "/api/v1/nodes/a?x=y+z")]


def test_get_gives_none_for_what_does_not_exist() -> None:
    assert client(status(404))[0].get("/x") is None


def test_list_takes_all_pages() -> None:
    asked, transport, _slept = client(listed("a", following="n+1"), listed("b"))
    assert asked.list_objects("/pods", name_of, {"labelSelector": "component=kube-proxy", "fieldSelector": "spec.nodeName=a"}) == ["a", "b"]
    first, second = (dict(urllib.parse.parse_qsl(path.partition("?")[2])) for _method, path in transport.asked)
    assert first == {"limit": str(PAGE), "labelSelector": "component=kube-proxy", "fieldSelector": "spec.nodeName=a"}
    assert second == {**first, "continue": "n+1"}


def test_a_list_whose_pages_expired_is_taken_whole() -> None:
    asked, transport, _slept = client(listed("a", following="x"), status(410), listed("c"))
    assert asked.list_objects("/pods", name_of) == ["c"]
    assert transport.asked[-1] == ("GET", "/pods")


POD = {"metadata": {"name": "a"}}


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"items": [POD]},
        {"kind": "Status", "status": "Success", "items": [POD]},
        {"kind": "NodeList", "items": [POD]},
        {"kind": "Pod", **POD},
        {"kind": "PodList"},
        {"kind": "PodList", "items": {"a": POD}},
        {"kind": "PodList", "items": [POD, "b"]},
        {"kind": "PodList", "items": [POD, None]},
        {"kind": "PodList", "items": [{}]},
        {"kind": "PodList", "items": [{"metadata": {"name": 1}}]},
        {"kind": "PodList", "items": [{"kind": "Node", **POD}]},
        {"kind": "PodList", "metadata": {"continue": 1}, "items": []},
        {"kind": "PodList", "metadata": "x", "items": []},
        {"kind": "PodList", "metadata": {"continue": "x"}, "items": [POD]},
    ],
    ids=str,
)
def test_what_is_no_list_of_kubernetes_is_an_error_on_every_page(page: t.Any) -> None:
    """The last one names itself as the next page."""
    for answers in ([ok(page), ok(page)], [listed("a", following="x"), ok(page)]):
        with pytest.raises(KubeError) as caught:
            client(*answers)[0].list_objects("/api/v1/pods", name_of)
        assert (caught.value.code, caught.value.transient) == ("BadAnswer", True)
        assert "the answer to GET /api/v1/pods" in caught.value.message
        assert "no proxy or gateway" in caught.value.remedy


@pytest.mark.parametrize("items", [[], None])
@pytest.mark.parametrize("metadata", [{}, {"continue": ""}, {"continue": None}, None])
def test_an_empty_list_is_one(items: t.Any, metadata: t.Any) -> None:
    assert client(ok({"kind": "PodList", "metadata": metadata, "items": items}))[0].list_objects("/api/v1/pods", name_of) == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [("NetworkPolicy", "networkpolicies"), ("Ingress", "ingresses"), ("CiliumNode", "ciliumnodes"), ("DaemonSet", "daemonsets")],
)
def test_kinds_and_the_resources_that_they_belong_to(kind: str, path: str) -> None:
    assert client(ok({"kind": f"{kind}List", "items": []}))[0].list_objects(f"/apis/x/v1/{path}", name_of) == []


@pytest.mark.parametrize("found", [{}, {"kind": "Status"}, {"kind": "NodeList", "items": []}, {"kind": 1}])
def test_an_object_of_something_else_is_an_error(found: t.Any) -> None:
    with pytest.raises(KubeError) as caught:
        client(ok(found))[0].get("/api/v1/nodes/a")
    assert caught.value.code == "BadAnswer"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("PodList"),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(page=JSON)
def test_random_json_is_no_list_unless_it_has_the_shape_of_one(page: t.Any) -> None:
    names, code = None, ""
    try:
        names = client(ok(page), ok(page))[0].list_objects("/api/v1/pods", name_of)
    except KubeError as exc:
        code = exc.code
    assert code in ("", "BadAnswer", "KubeNoAnswer")
    if names is not None:
        assert page["kind"] == "PodList"
        assert len(names) == len(page["items"] or [])


def test_a_list_that_does_not_exist_is_an_error_and_not_an_empty_one() -> None:
    with pytest.raises(KubeError) as caught:
        client(status(404))[0].list_objects("/pods", dict)
    assert caught.value.status == 404


def test_of_each_object_of_a_list_only_what_matters_is_kept() -> None:
    asked, _transport, _slept = client(listed("a", "b", following="x"), listed("c"))
    assert asked.list_objects("/pods", lambda raw: raw["metadata"]["name"].upper()) == ["A", "B", "C"]


@pytest.mark.parametrize(("answer", "pause"), [(status(429, retry_after=3), 3), (status(503), 0.2), (BROKEN, 0.2), (status(500), 0.2)])
def test_reads_are_tried_again(answer: Answer | KubeError, pause: float) -> None:
    asked, transport, slept = client(answer, ok({"kind": "Node", "a": 1}))
    assert asked.get("/nodes/x") == {"kind": "Node", "a": 1}
    assert (len(transport.asked), slept) == (2, [pause])


def test_attempts_and_pauses_are_bounded() -> None:
    asked, transport, slept = client(*[status(429, retry_after=900)] * ATTEMPTS)
    with pytest.raises(KubeError) as caught:
        asked.get("/x")
    assert (caught.value.status, caught.value.transient) == (429, True)
    assert len(transport.asked) == ATTEMPTS
    assert sum(slept) == 10 * (ATTEMPTS - 1)


@pytest.mark.parametrize("answer", [SLOW, GONE])
def test_silence_is_not_asked_again_at_once(answer: KubeError) -> None:
    asked, transport, _slept = client(answer)
    with pytest.raises(KubeError) as caught:
        asked.get("/x")
    assert caught.value is answer
    assert len(transport.asked) == 1


def test_a_post_is_not_repeated_after_a_broken_connection() -> None:
    asked, transport, _slept = client(BROKEN)
    with pytest.raises(BrokenConnection):
        asked.post("/x", {"a": 1})
    assert len(transport.asked) == 1


@pytest.mark.parametrize(("answer", "there"), [(ok({"kind": "Status"}), True), (status(404), False)])
def test_a_delete_says_whether_there_was_one_and_is_tried_again(answer: Answer, there: bool) -> None:
    asked, transport, _slept = client(BROKEN, status(503), answer)
    assert asked.delete("/x") is there
    assert transport.asked == [("DELETE", "/x")] * 3


def test_a_delete_that_is_refused_is_an_error() -> None:
    asked, _transport, _slept = client(status(403))
    with pytest.raises(KubeError):
        asked.delete("/x")


def test_a_post_gives_the_answer() -> None:
    asked, transport, _slept = client(status(429), Answer(201, b'{"status": {"allowed": true}}'))
    assert asked.post("/x", {"a": 1}, {"dryRun": "All"}) == {"status": {"allowed": True}}
    assert transport.asked[-1] == ("POST", "/x?dryRun=All")


@pytest.mark.parametrize(
    ("answer", "code", "parts", "transient"),
    [
        (status(401), "KubeUnauthorized", ["does not accept the credentials of the kubeconfig /tmp/kubeconfig"], False),
        (
            status(403, 'nodes is forbidden: User "u" cannot list resource "nodes" in API group ""'),
            "KubeForbidden",
            ["GET /x", 'cannot list resource "nodes"', "docs/rights/kubernetes"],
            False,
        ),
        (status(400, "bad"), "KubeAnswer", ["with 400: bad"], False),
        (status(502), "KubeAnswer", ["with 502"], True),
        (Answer(200, b"<html>"), "KubeNoAnswer", ["not a JSON object"], True),
        (Answer(200, b"[]"), "KubeNoAnswer", ["not a JSON object"], True),
    ],
)
def test_refusals_say_what_to_do(answer: Answer, code: str, parts: list[str], transient: bool) -> None:
    with pytest.raises(KubeError) as caught:
        client(*[answer] * ATTEMPTS)[0].get("/x")
    assert (caught.value.code, caught.value.transient) == (code, transient)
    assert SERVER in caught.value.message
    for part in parts:
        assert part in caught.value.text


def test_text_gives_what_a_pod_answers() -> None:
    assert client(Answer(503, b'{"healthy":false}'))[0].text("/p") == (503, '{"healthy":false}')
    assert client(Answer(403, b"not you"))[0].text("/p") == (403, "not you")
    assert client(Answer(200, b"\xff"))[0].text("/p") == (200, "\ufffd")


def test_text_raises_the_api_servers_own_refusal() -> None:
    with pytest.raises(KubeError, match="forbids GET /p"):
        client(status(403))[0].text("/p")
    with pytest.raises(KubeError, match="credentials"):
        client(status(401))[0].text("/p")


KUBECONFIG = """
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://%s"}}]
users: [{name: u, user: {token: t}}]
"""


def test_a_given_kubeconfig_is_used_and_azure_is_not_asked(tmp_path: pathlib.Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG % "file.example")
    asked: list[bool] = []

    def fetch(admin: bool) -> str:
        asked.append(admin)
        return KUBECONFIG % "azure.example"

    assert connect({"kubeconfig": str(tmp_path / "config"), "context": None}, fetch).server == "https://file.example"
    assert asked == []
    assert connect({"kubeconfig": None, "admin_credentials": True}, fetch).server == "https://azure.example"
    assert asked == [True]


def test_a_missing_file_is_reported_before_anything_else() -> None:
    with pytest.raises(KubeError, match="/none/config cannot be read"):
        connect({"kubeconfig": "/none/config"}, lambda admin: pytest.fail("Azure was asked"))


def test_a_missing_library_is_reported_before_azure_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "kubernetes.client", None)
    with pytest.raises(Exception, match="kubernetes") as caught:
        connect({}, lambda admin: pytest.fail("Azure was asked"))
    assert caught.value.__class__.__name__ == "MissingLibrary"
