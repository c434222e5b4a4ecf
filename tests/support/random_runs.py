# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of the kube-proxy playbook on one cluster, without Ansible and without waiting, and random trouble with the API server in them.

What runs is the product: the task files of the playbook and its roles (C(role_tasks)), the action plugins, the modules' own main functions and all
that is below them. What stands in: Ansible's executor, the connections to the simulator, which is in the same process, and time (C(virtual_time)).

    with Cloud(directory) as cloud:
        cloud.fault("starting", path=KUBE, moment="accepted", lasts=9)      kinds: tests/simulator/faults.py; seconds are those of the run
        run = cloud.switch()                                                a Run
    trouble = Trouble.at_random(seed)                                       a schedule of faults, the same for the same seed
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import importlib
import inspect
import json
import pathlib
import random
import re
import types
import typing as t
import unittest.mock

import urllib3
from aiohttp import http, streams, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import RawRequestMessage
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.action import aks_run_record
from ansible_collections.aks.dataplane.plugins.module_utils._arm import client as arm
from ansible_collections.aks.dataplane.plugins.module_utils._common.empty_options import without_empty
from ansible_collections.aks.dataplane.plugins.module_utils._kube import client as kube
from ansible_collections.aks.dataplane.plugins.module_utils._work import changing_module, preflight_sources, stepwise
from ansible_collections.aks.dataplane.plugins.plugin_utils._progress import ActionModule as Progress
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from tests.simulator.app import make_app
from tests.simulator.arm.features import KUBE_PROXY
from tests.simulator.settings import Settings
from tests.simulator.world import World

from .role_tasks import Json, RoleTasks, Task, TaskFailed
from .simulator import ROOT
from .virtual_time import VirtualTime

CLUSTER = "aks-a"
KUBE = f"^/k8s/{CLUSTER}/"
MODE = "nftables"
# Seconds that the run waits for its nodes.
ROLLOUT_TIMEOUT = 600
# Seconds that any answer takes.
LATENCY = 0.005

ROLES = ("run_record", "feature_registration", "preflight", "switchover", "verification")
WORKING_MODULES = ("aks_dataplane_status", "aks_kube_proxy", "aks_preflight", "aks_preview_feature")
# Those whose work Ansible goes on with step by step.
STEPWISE_MODULES = ("aks_dataplane_status", "aks_kube_proxy", "aks_preview_feature")
MODULES = "ansible_collections.aks.dataplane.plugins.modules"
TOKEN = "token of the run"
RESET = ConnectionResetError(104, "Connection reset by peer")
REFUSED = ConnectionRefusedError(111, "Connection refused")

_QUESTION = re.compile(
    rf"^/k8s/{CLUSTER}/api/v1/namespaces/kube-system/pods/(?P<pod>[^/:]+):\d+/proxy/(?P<what>proxyMode|metrics|healthz)$"
)


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run. green: no task failed in the end. verdict, story: as the run tells them. puts: the modes that Azure was asked for.

    verified: since the last of these, each node's kube-proxy has answered that it runs the wanted mode, is healthy and has written its rules.
    mode: what the cluster is configured for. modes: what its nodes run. seconds: how long it took.
    """

    green: bool
    verdict: str
    story: str
    puts: list[str | None]
    verified: bool
    mode: str | None
    modes: set[str]
    seconds: float
    shown: list[str]

    @property
    def rolled_back(self) -> bool:
        """Whether anything but the wanted mode was asked for, or is said to have been."""
        return self.verdict.startswith("roll") or any(mode != MODE.upper() for mode in self.puts)


class Cloud:
    """One simulated cluster, whose nodes are well, and a directory for the records of runs."""

    def __init__(self, directory: pathlib.Path, nodes: int = 3) -> None:
        self._directory = directory
        self._time = VirtualTime()
        settings = Settings(directory, clusters=(CLUSTER,), nodes=nodes, scale=1.0)
        self._world = World(settings)
        self._world.url = "https://cloud.invalid"
        self._app = make_app(self._world)
        self._app.freeze()
        self._answered: dict[str, set[str]] = {}

    def __enter__(self) -> Cloud:
        self._time.run(self._world.reset({KUBE_PROXY: "Registered"}))
        self._world.tokens[TOKEN] = float("inf")
        return self

    def __exit__(self, *_failure: object) -> None:
        self._time.run(self._world.close())
        self._time.close()

    def fault(self, kind: str, **details: t.Any) -> None:
        async def add() -> None:
            self._world.faults.add(kind=kind, **details)

        self._time.run(add())

    def switch(self, **variables: t.Any) -> Run:
        """A run of the playbook that switches to MODE. variables: of the cluster."""
        start = self._time.clock()
        tasks = RoleTasks({**self._variables(), **variables}, self._act)
        tasks.use_defaults(*ROLES)
        green, story = True, ""
        with self._in_place():
            try:
                tasks.carry_out(ROOT / "playbooks" / "tasks" / "cluster.yml")
            except TaskFailed as failed:
                green, story = False, str(failed)
        return Run(
            green=green,
            verdict=tasks.statistics["aks_dataplane_verdicts"][CLUSTER],
            story=story,
            puts=[_mode(entry["body"]) for entry in self._world.log.entries if entry["method"] == "PUT"],
            verified=self._verified(),
            mode=_mode(self._world.clusters[CLUSTER].body),
            modes={pod.template.mode for pod in self._world.clusters[CLUSTER].kube.pods},
            seconds=self._time.clock() - start,
            shown=tasks.shown,
        )

    def _variables(self) -> Json:
        return {
            "inventory_hostname": CLUSTER,
            "groups": {"all": [CLUSTER]},
            "hostvars": {},
            "ansible_play_hosts_all": [CLUSTER],
            "ansible_play_batch": [CLUSTER],
            "ansible_check_mode": False,
            "aks_dataplane_resource_group": self._world.settings.resource_group,
            "aks_dataplane_record_dir": str(self._directory / "runs"),
            "aks_dataplane_kube_proxy": {"mode": MODE.upper()},
            "aks_dataplane_rollout_timeout": ROLLOUT_TIMEOUT,
            "__aks_dataplane_demanded": "aks_dataplane_kube_proxy",
        }

    # Ansible's part.

    def _act(self, name: str, options: Json, task: Task, variables: Json) -> Json:
        if name != "aks_run_record":
            return self._module(name, options, bool(task["check_mode"]))
        action = aks_run_record.ActionModule(
            types.SimpleNamespace(args=options, check_mode=bool(task["check_mode"]), async_val=0, diff=False),
            types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="none")),
            None,
            None,
            types.SimpleNamespace(template=lambda value: value),
            None,
        )
        return t.cast(Json, action.run(task_vars=variables))

    def _call(self, action: t.Any, module: str, options: Json, variables: Json) -> Json:
        return self._module(module.rpartition(".")[2], options, bool(action._task.check_mode))

    def _module(self, name: str, options: Json, check_mode: bool) -> Json:
        """The result of a module as its task has it: those with an action plugin go step by step."""
        if name not in STEPWISE_MODULES:
            return _end_of(name, options, check_mode)
        progress = Progress.__new__(Progress)
        progress._task = types.SimpleNamespace(args=options, no_log=True)
        progress._clock, progress._sleep = self._time.clock, self._time.sleep
        progress._execute_module = lambda module_args, task_vars: _end_of(name, module_args, check_mode)
        return t.cast(Json, progress._follow({}))

    @contextlib.contextmanager
    def _in_place(self) -> t.Iterator[None]:
        """With everything that stands in for something."""
        connect = kube.connect

        def connect_kube(*args: t.Any, **options: t.Any) -> kube.KubeClient:
            api = connect(*args, **options)
            api._sleep, api._clock = self._time.sleep, self._time.clock
            api._transport._pool = _Pool(self)
            # One question after the other, so that a seed stands for one run.
            api.each = lambda function, items, at_most=None: [function(item) for item in items]
            api.together = lambda *questions: [question() for question in questions]
            return api

        def connect_arm(_params: t.Any) -> arm.ArmClient:
            return arm.ArmClient(_Sdk(self), self._world.url, self._world.settings.subscription_id)

        waits = {"clock": self._time.clock, "sleep": self._time.sleep}
        with contextlib.ExitStack() as stack:
            for function in (stepwise.wait_for, stepwise.look_for_news):
                stack.enter_context(unittest.mock.patch.dict(function.__kwdefaults__, waits))
            for holder in (arm, changing_module, preflight_sources):
                stack.enter_context(unittest.mock.patch.object(holder, "connect", connect_arm))
            for holder in (kube, importlib.import_module(f"{MODULES}.aks_dataplane_status")):
                stack.enter_context(unittest.mock.patch.object(holder, "connect", connect_kube))
            status = importlib.import_module(f"{MODULES}.aks_dataplane_status")
            stack.enter_context(unittest.mock.patch.object(status, "StatusWork", _with_those_it_takes(status.StatusWork, waits)))
            for name in WORKING_MODULES:
                stack.enter_context(unittest.mock.patch(f"{MODULES}.{name}.Module", _Module))
            stack.enter_context(unittest.mock.patch.object(aks_run_record, "call_module", self._call))
            yield

    # The network's part.

    def ask(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None, seconds: float) -> web.Response:
        """The simulator's answer. TimeoutError when it takes longer; ConnectionResetError when it cuts the connection."""
        connection = _Connection()
        response = self._time.run(asyncio.wait_for(self._answer(connection, method, target, headers, body), seconds))
        if connection.cut:
            raise RESET
        return response

    async def _answer(
        self, connection: _Connection, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None
    ) -> web.Response:
        await asyncio.sleep(LATENCY)
        loop = self._time.loop
        named = CIMultiDictProxy(CIMultiDict(headers))
        payload = streams.EMPTY_PAYLOAD
        if body is not None:
            payload = streams.StreamReader(BaseProtocol(loop), 2**20, loop=loop)
            payload.feed_data(body)
            payload.feed_eof()
        message = RawRequestMessage(method, target, http.HttpVersion11, named, (), False, None, False, False, URL(target, encoded=True))
        protocol = types.SimpleNamespace(transport=connection, ssl_context=None, peername=None, sockname=None)
        request = web.Request(message, payload, t.cast(t.Any, protocol), t.cast(t.Any, None), t.cast(t.Any, None), loop)
        return t.cast(web.Response, await self._app._handle(request))

    def reach(self, seconds: float) -> None:
        """A connection to the API server. ConnectionRefusedError; TimeoutError when TLS takes longer."""

        async def meet() -> None:
            fault = self._world.faults.at_door(f"/k8s/{CLUSTER}/")
            if fault is not None and fault.kind == "refused":
                raise REFUSED
            if fault is not None:
                await self._world.faults.wait_out(fault)

        self._time.run(asyncio.wait_for(meet(), seconds))

    # What can be known of the nodes.

    def note(self, path: str, answer: web.Response) -> None:
        """Keep what a node's kube-proxy has answered in favour of the wanted mode."""
        found = _QUESTION.match(path)
        text = _text(answer)
        good = {"proxyMode": text == MODE, "metrics": "rules_last_timestamp_seconds" in text, "healthz": True}
        if found and answer.status == 200 and good[found["what"]]:
            self._answered.setdefault(found["pod"], set()).add(found["what"])

    def forget(self) -> None:
        """Azure has something new to carry out."""
        self._answered.clear()

    def _verified(self) -> bool:
        kube_now = self._world.clusters[CLUSTER].kube
        told = {pod.node for pod in kube_now.pods if self._answered.get(pod.name) == {"proxyMode", "metrics", "healthz"}}
        return told == {node.name for node in kube_now.linux_nodes()}


def _with_those_it_takes(factory: t.Callable[..., t.Any], options: Json) -> t.Callable[..., t.Any]:
    """The same factory, with those of the options that it has at all."""
    known = inspect.signature(factory).parameters
    return functools.partial(factory, **{name: value for name, value in options.items() if name in known})


class _Connection:
    """What the simulator cuts."""

    cut = False

    def abort(self) -> None:
        self.cut = True


class _Pool:
    """The connections of urllib3 to the API server, as far as the transport uses them: one that is kept alive."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._stands = False

    def request(self, method: str, url: str, *, body: bytes | None, headers: t.Mapping[str, str], timeout: t.Any, **_other: t.Any) -> t.Any:
        try:
            if not self._stands:
                self._cloud.reach(timeout.connect_timeout)
            self._stands = True
            answer = self._cloud.ask(method, url, headers, body, timeout.read_timeout)
        except ConnectionRefusedError as exc:
            raise urllib3.exceptions.NewConnectionError(t.cast(t.Any, "cloud"), "Failed to establish a new connection") from exc
        except asyncio.TimeoutError:
            self._stands = False
            raise urllib3.exceptions.ReadTimeoutError(t.cast(t.Any, None), url, "Read timed out.") from None
        except ConnectionResetError as exc:
            self._stands = False
            raise urllib3.exceptions.ProtocolError("Connection aborted.", exc) from exc
        self._cloud.note(url.partition("?")[0], answer)
        return types.SimpleNamespace(status=answer.status, data=_text(answer).encode(), headers=answer.headers)

    def _get_conn(self) -> t.Any:
        """One that is not open: the transport leaves the request to the pool."""
        return types.SimpleNamespace(sock=None)

    def _put_conn(self, connection: t.Any) -> None:
        """Nobody keeps it."""


class _Sdk:
    """The Azure SDK's client, as far as it is used: Azure itself has no trouble here."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def send_request(self, request: t.Any, **_options: t.Any) -> t.Any:
        url = URL(request.url, encoded=True)
        content = request.content if request.content is None or isinstance(request.content, bytes) else str(request.content).encode()
        headers = {**request.headers, "Authorization": f"Bearer {TOKEN}"}
        path = request.url.removeprefix(str(url.origin())) if url.is_absolute() else request.url
        answer = self._cloud.ask(request.method, path, headers, content, arm.READ_TIMEOUT)
        if request.method == "PUT":
            self._cloud.forget()
        return types.SimpleNamespace(status_code=answer.status, text=lambda: _text(answer), headers=dict(answer.headers))


def _text(answer: web.Response) -> str:
    return bytes(t.cast(bytes, answer.body or b"")).decode()


def _mode(body: t.Any) -> str | None:
    return t.cast("str | None", (body["properties"]["networkProfile"].get("kubeProxyConfig") or {}).get("mode"))


class _Ended(Exception):
    """A module has ended with this result."""

    def __init__(self, result: Json) -> None:
        super().__init__(result.get("msg", ""))
        self.result = json.loads(json.dumps(result))


class _Module:
    """The Module of the collection, as far as its modules use it."""

    given: t.ClassVar[Json] = {}
    check_mode = False

    def __init__(self, argument_spec: Json, supports_check_mode: bool = False, **rules: t.Any) -> None:
        self.no_log_values: set[str] = set()
        checked = ArgumentSpecValidator(argument_spec, **rules).validate(without_empty(self.given))
        if checked.error_messages:
            self.fail_json(msg=" ".join(checked.error_messages))
        self.params: Json = checked.validated_parameters

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise _Ended({"changed": False, **result})

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        raise _Ended({"failed": True, "msg": msg, **result})

    def warn(self, _text: str) -> None:
        return None


def _end_of(name: str, options: Json, check_mode: bool) -> Json:
    """The result of one start of a module."""
    module = importlib.import_module(f"{MODULES}.{name}")
    with unittest.mock.patch.multiple(_Module, given=options, check_mode=check_mode):
        try:
            module.main()
        except _Ended as end:
            return end.result
    raise AssertionError(f"{name} ended without a result")


# Random trouble.

STATES = (
    *("starting", "unauthorized", "refused", "handshake", "hang", "reset", "throttle", "slow"),
    *("server_error", "empty", "page"),
)
# What is asked of the API server: everything, lists, what pods answer through it, the DaemonSet.
PATHS = (f"{KUBE}", f"{KUBE}", f"{KUBE}", f"{KUBE}api/v1/nodes$", "/pods$", "/proxy/", "/daemonsets/")
# Seconds of trouble in all that a run must wait out; the rest of its time is for the nodes.
PASSES = ROLLOUT_TIMEOUT / 2


@dataclasses.dataclass(frozen=True)
class Trouble:
    """A schedule of faults. nodes: of the cluster; with many, they are not done yet when Azure is.

    passes: the trouble is over long before the run's time is, and begins when the run has seen the API server already.
    """

    nodes: int
    faults: tuple[Json, ...]
    passes: bool

    @classmethod
    def at_random(cls, seed: int) -> Trouble:
        dice = random.Random(seed)
        nodes = dice.choice((1, 3, 9))
        found: list[Json] = []
        cost, late = 0.0, True
        for _number in range(dice.choice((1, 1, 2, 3))):
            when = _moment(dice)
            late = late and bool(when.get("moment"))
            for fault, seconds in _restart(dice, when) if dice.random() < 0.25 else [_one(dice, when)]:
                found.append(fault)
                cost += seconds
        if dice.random() < 0.3:
            found.append({"kind": "no_sync", "seconds": dice.randint(1, 30), "times": dice.randint(1, nodes)})
            cost += 30 * nodes
        return cls(nodes, tuple(found), passes=late and cost <= PASSES)


def _moment(dice: random.Random) -> Json:
    if dice.random() < 0.3:
        return {"skip": dice.randint(0, 80)}
    # Azure takes 138 seconds.
    moment, longest = dice.choice((("", 300), ("accepted", 200), ("rollout", 120), ("rolled_out", 30)))
    return {"moment": moment, "delay": dice.uniform(0, longest)}


def _one(dice: random.Random, when: Json) -> tuple[Json, float]:
    """A fault, and the seconds that it takes at most."""
    kind = dice.choice(STATES)
    fault: Json = {"kind": kind, "path": dice.choice(PATHS), **when}
    if kind in ("refused", "handshake"):
        fault["path"] = KUBE
    details: dict[str, Json] = {
        "throttle": {"retry_after": dice.choice((None, "1", "5", "30"))},
        "slow": {"seconds": dice.uniform(0.5, 5)},
        "server_error": {"status": dice.choice((500, 502, 503, 504))},
        "empty": {"kind": "answer", "text": "{}"},
        "page": {"kind": "answer", "text": "<html><body>Sign in</body></html>", "content_type": "text/html"},
    }
    fault |= details.get(kind, {})
    if kind != "refused" and dice.random() < 0.3:
        times = dice.randint(1, 4)
        return {**fault, "times": times}, 40.0 * times
    # One in five lasts longer than any run.
    lasts = 4.0 * ROLLOUT_TIMEOUT if dice.random() < 0.2 else dice.uniform(0.5, 120)
    return {**fault, "lasts": lasts}, lasts + 40


def _restart(dice: random.Random, when: Json) -> t.Iterator[tuple[Json, float]]:
    """The API server goes away, and comes back as a starting one does: silent, forbidding, slow."""
    if "skip" in when:
        when = {"delay": dice.uniform(0, 300)}
    begins = when["delay"]
    for kind, longest in (("refused", 60), ("handshake", 15), ("starting", 15), ("slow", 30)):
        lasts = dice.uniform(0.5, longest)
        yield {**when, "kind": kind, "path": KUBE, "delay": begins, "lasts": lasts, **({"seconds": 2.0} if kind == "slow" else {})}, lasts
        begins += lasts


def run_with(trouble: Trouble, directory: pathlib.Path) -> Run:
    """A run into the trouble, on a cluster whose nodes are well."""
    with Cloud(directory, trouble.nodes) as cloud:
        for fault in trouble.faults:
            cloud.fault(**fault)
        return cloud.switch()
