# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The product without Ansible's executor: modules by their own main functions, action plugins, and the tasks of a playbook for one cluster.

Ansible, the connections to Azure and to the API server, and time are stood in for; what they do is left to a C(Network).

    product = Product(network)
    with product.in_place():
        product.module("aks_kube_proxy", {...})     the result of a task with this module
        product.switch(variables)                   all that the playbook does with one cluster
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import importlib
import inspect
import io
import json
import os
import types
import typing as t
import unittest.mock
import urllib.parse

import requests
import urllib3
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.action import aks_run_record
from ansible_collections.aks.dataplane.plugins.module_utils._arm import client as arm
from ansible_collections.aks.dataplane.plugins.module_utils._arm.pauses import LONGEST_PAUSE
from ansible_collections.aks.dataplane.plugins.module_utils._common.empty_options import without_empty
from ansible_collections.aks.dataplane.plugins.module_utils._kube import client as kube
from ansible_collections.aks.dataplane.plugins.module_utils._work import changing_module, preflight_sources, stepwise
from ansible_collections.aks.dataplane.plugins.plugin_utils._progress import ActionModule as Progress
from ansible_collections.aks.dataplane.plugins.plugin_utils._shown import FailedOnce
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.core import ARMPipelineClient

from .role_tasks import Json, RoleTasks, Task, TaskFailed
from .simulator import ROOT

ROLES = ("run_record", "feature_registration", "preflight", "switchover", "verification")
WORKING_MODULES = ("aks_dataplane_status_info", "aks_ebpf_host_routing", "aks_kube_proxy", "aks_preflight_info", "aks_preview_feature")
# Those whose work Ansible goes on with step by step.
STEPWISE_MODULES = ("aks_dataplane_status_info", "aks_ebpf_host_routing", "aks_kube_proxy", "aks_preview_feature")
MODULES = "ansible_collections.aks.dataplane.plugins.modules"


@dataclasses.dataclass(frozen=True)
class Reply:
    status: int
    headers: t.Mapping[str, str]
    body: bytes


class Network(t.Protocol):
    """Time, and what is at the other end of connections. url: Azure's. token: what Azure takes. Seconds are those of the run."""

    url: str
    subscription_id: str
    token: str

    def ask(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None, seconds: float) -> Reply:
        """The answer. asyncio.TimeoutError when it takes longer; ConnectionResetError when the connection is cut."""

    def reach(self, target: str, seconds: float) -> None:
        """A connection to the API server of a path. ConnectionRefusedError; asyncio.TimeoutError when TLS takes longer."""

    def clock(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclasses.dataclass(frozen=True)
class Switch:
    """What a playbook has done with a cluster. green: no task failed in the end. verdict, story: as it gives them. shown: its messages."""

    green: bool
    verdict: str | None
    story: str
    shown: list[str]


class Product:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._lines: list[str] = []

    def switch(self, variables: Json) -> Switch:
        """variables: of the cluster."""
        name = variables["inventory_hostname"]
        host = {"groups": {"all": [name]}, "hostvars": {}, "ansible_play_hosts_all": [name], "ansible_play_batch": [name]}
        tasks = RoleTasks({**host, "ansible_check_mode": False, "__aks_dataplane_holds": True, **variables}, self._act)
        tasks.use_defaults(*ROLES)
        self._lines.clear()
        green, story = True, ""
        try:
            tasks.carry_out(ROOT / "playbooks" / "tasks" / "cluster.yml")
        except TaskFailed as failed:
            green, story = False, str(failed)
        verdicts = tasks.statistics.get("aks_dataplane_verdicts") or {}
        return Switch(green, verdicts.get(name), story, [*tasks.shown, *self._lines])

    def module(self, name: str, options: Json, check_mode: bool = False) -> Json:
        """The result of a module as its task has it: those with an action plugin go step by step."""
        if name not in STEPWISE_MODULES:
            return _end_of(name, options, check_mode)
        progress = Progress.__new__(Progress)
        progress._task = types.SimpleNamespace(args=options, no_log=True)
        progress._clock, progress._sleep = self._network.clock, self._network.sleep
        progress._execute_module = lambda module_args, task_vars: _end_of(name, module_args, check_mode)
        return t.cast(Json, progress._follow({}))

    @contextlib.contextmanager
    def in_place(self) -> t.Iterator[None]:
        """With everything that stands in for something."""
        connect, network = kube.connect, self._network

        def connect_kube(*args: t.Any, **options: t.Any) -> kube.KubeClient:
            api = connect(*args, **options)
            api._sleep, api._clock = network.sleep, network.clock
            api._transport._pool = _Pool(network)
            # One question after the other, so that a seed stands for one run.
            api.each = lambda function, items, at_most=None: [function(item) for item in items]
            api.together = lambda *questions: [question() for question in questions]
            return api

        def connect_arm(_params: t.Any) -> arm.ArmClient:
            return arm.ArmClient(_pipeline(network), network.url, network.subscription_id)

        waits = {"clock": network.clock, "sleep": network.sleep}
        with contextlib.ExitStack() as stack:
            for function in (stepwise.wait_for, stepwise.look_for_news):
                stack.enter_context(unittest.mock.patch.dict(function.__kwdefaults__, waits))
            for holder in (arm, changing_module, preflight_sources, importlib.import_module(f"{MODULES}.aks_preview_feature")):
                stack.enter_context(unittest.mock.patch.object(holder, "connect", connect_arm))
            stack.enter_context(unittest.mock.patch.object(kube, "connect", connect_kube))
            status = importlib.import_module(f"{MODULES}.aks_dataplane_status_info")
            stack.enter_context(unittest.mock.patch.object(status, "StatusWork", _with_those_it_takes(status.StatusWork, waits)))
            for name in WORKING_MODULES:
                stack.enter_context(unittest.mock.patch(f"{MODULES}.{name}.ControllerModule", _Module))
            stack.enter_context(unittest.mock.patch.object(aks_run_record, "call_module", self._call))
            stack.enter_context(unittest.mock.patch.object(aks_run_record, "show", lambda lines, details: self._lines.extend(lines)))
            yield

    # Ansible's part.

    def _act(self, name: str, options: Json, task: Task, variables: Json) -> Json:
        if name != "aks_run_record":
            return self.module(name, options, bool(task["check_mode"]))
        action = aks_run_record.ActionModule(
            types.SimpleNamespace(
                name=task.get("name", ""), args=options, check_mode=bool(task["check_mode"]), async_val=0, diff=False, no_log=False
            ),
            types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="none")),
            None,
            types.SimpleNamespace(get_basedir=os.getcwd),
            types.SimpleNamespace(template=lambda value: value),
            None,
        )
        try:
            return t.cast(Json, action.run(task_vars=variables))
        except FailedOnce as failed:
            return t.cast(Json, failed.shown)

    def _call(self, action: t.Any, module: str, options: Json, _variables: Json) -> Json:
        return self.module(module.rpartition(".")[2], options, bool(action._task.check_mode))


def _with_those_it_takes(factory: t.Callable[..., t.Any], options: Json) -> t.Callable[..., t.Any]:
    """The same factory, with those of the options that it has at all."""
    known = inspect.signature(factory).parameters
    return functools.partial(factory, **{name: value for name, value in options.items() if name in known})


# The network's part.


class _Pool:
    """The connections of urllib3 to the API server, as far as the transport uses them: one that is kept alive."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._stands = False

    def request(self, method: str, url: str, *, body: bytes | None, headers: t.Mapping[str, str], timeout: t.Any, **_other: t.Any) -> t.Any:
        try:
            if not self._stands:
                self._network.reach(url, timeout.connect_timeout)
            self._stands = True
            reply = self._network.ask(method, url, headers, body, timeout.read_timeout)
        except ConnectionRefusedError as exc:
            raise urllib3.exceptions.NewConnectionError(t.cast(t.Any, "cloud"), "Failed to establish a new connection") from exc
        except asyncio.TimeoutError:
            self._stands = False
            raise urllib3.exceptions.ReadTimeoutError(t.cast(t.Any, None), url, "Read timed out.") from None
        except ConnectionResetError as exc:
            self._stands = False
            raise urllib3.exceptions.ProtocolError("Connection aborted.", exc) from exc
        return types.SimpleNamespace(status=reply.status, data=reply.body, headers=reply.headers)

    def _get_conn(self) -> t.Any:
        """One that is not open: the transport leaves the request to the pool."""
        return types.SimpleNamespace(sock=None)

    def _put_conn(self, connection: t.Any) -> None:
        """Nobody keeps it."""


class _Wire(requests.adapters.BaseAdapter):
    """In the place of the connections to Azure, below the SDK's own pipeline."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def send(self, request: requests.PreparedRequest, *_args: t.Any, timeout: t.Any = None, **_options: t.Any) -> requests.Response:
        address = urllib.parse.urlsplit(str(request.url))
        target = urllib.parse.urlunsplit(("", "", address.path, address.query, ""))
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            reply = self._network.ask(str(request.method), target, dict(request.headers), body, arm.READ_TIMEOUT)
        except asyncio.TimeoutError:
            raise requests.exceptions.ReadTimeout("Read timed out.", request=request) from None
        except ConnectionResetError as exc:
            raise requests.exceptions.ConnectionError(exc, request=request) from exc
        response = requests.Response()
        response.status_code, response.headers = reply.status, requests.structures.CaseInsensitiveDict(reply.headers)
        response.raw = urllib3.HTTPResponse(io.BytesIO(reply.body), headers=dict(reply.headers), status=reply.status, preload_content=False)
        response.request, response.url, response.encoding = request, str(request.url), "utf-8"
        return response

    def close(self) -> None:
        """There is nothing to close."""


class _Transport(RequestsTransport):
    def __init__(self, network: Network) -> None:
        session = requests.Session()
        session.mount("https://", _Wire(network))
        super().__init__(session=session, session_owner=False)
        self._network = network

    def sleep(self, duration: float) -> None:
        self._network.sleep(duration)


class _SignedIn(SansIOHTTPPolicy[t.Any, t.Any]):
    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def on_request(self, request: t.Any) -> None:
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


def _pipeline(network: Network) -> ARMPipelineClient[t.Any, t.Any]:
    """The product's own, with another sign-in and another end."""
    return ARMPipelineClient(
        base_url=network.url, policies=arm._policies(_SignedIn(network.token), LONGEST_PAUSE), transport=_Transport(network)
    )


# The module's part.


class _Ended(Exception):
    """A module has ended with this result."""

    def __init__(self, result: Json) -> None:
        super().__init__(result.get("msg", ""))
        self.result = json.loads(json.dumps(result))


class _Module:
    """The Module of the collection, as far as its modules use it."""

    given: t.ClassVar[Json] = {}
    check_mode = False

    def __init__(self, argument_spec: Json, supports_check_mode: bool = False, unshown: t.Collection[str] = (), **rules: t.Any) -> None:
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
