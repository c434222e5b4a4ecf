# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain HTTPS against the simulator, without any SDK: what the wire really says."""

from __future__ import annotations

import dataclasses
import json
import ssl
import time
import typing as t
import urllib.error
import urllib.parse
import urllib.request

import yaml

from .simulator import Simulator

PREVIEW = "2026-08-02-preview"
STABLE = "2026-08-01"
OPERATION_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Answer:
    """One HTTP answer. body: parsed JSON, or the text. headers: names in lower case."""

    status: int
    headers: dict[str, str]
    body: t.Any


class Raw:
    """Requests with a bearer token of its own; C(token) may be replaced by a test."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._context = ssl.create_default_context(cafile=simulator.ca)
        self.token = ""

    def cluster_path(self, name: str) -> str:
        scope = f"/subscriptions/{self.simulator.subscription_id}/resourceGroups/{self.simulator.resource_group}"
        return f"{scope}/providers/Microsoft.ContainerService/managedClusters/{name}"

    def ask(self, method: str, url: str, body: t.Any = None, headers: t.Mapping[str, str] | None = None) -> Answer:
        """Any request; C(url) may be a path."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if data is not None and not isinstance(body, bytes) else {}
        whole = url if url.startswith("https://") else self.simulator.arm + url
        request = urllib.request.Request(whole, data=data, method=method, headers={**kind, **(headers or {})})
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=30) as response:
                return _answer(response.status, response.headers.items(), response.read())
        except urllib.error.HTTPError as error:
            return _answer(error.code, error.headers.items(), error.read())

    def sign_in(self, **changes: str) -> Answer:
        """Ask for a token with the client's secret; C(changes) replace form fields."""
        info = self.simulator.info
        form = {
            "grant_type": "client_credentials",
            "client_id": info["client_id"],
            "client_secret": info["secret"],
            "scope": f"{self.simulator.arm}/.default",
            **changes,
        }
        body = urllib.parse.urlencode(form).encode()
        return self.ask("POST", f"/{info['tenant']}/oauth2/v2.0/token", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def arm(
        self, method: str, path: str, body: t.Any = None, *, version: str = PREVIEW, if_match: str = "", if_none_match: str = ""
    ) -> Answer:
        """A request to ARM; C(path) may be a whole URL, which is then used as it is."""
        if not self.token:
            self.token = self.sign_in().body["access_token"]
        conditions = {"If-Match": if_match, "If-None-Match": if_none_match}
        headers = {"Authorization": f"Bearer {self.token}", **{name: value for name, value in conditions.items() if value}}
        query = "" if path.startswith("https://") else f"{'&' if '?' in path else '?'}api-version={version}"
        return self.ask(method, path + query, body, headers)

    def leaf(self, name: str = "aks-a", version: str = PREVIEW) -> t.Any:
        """The cluster's kubeProxyConfig, or the word C(absent)."""
        body = self.arm("GET", self.cluster_path(name), version=version).body
        return body["properties"]["networkProfile"].get("kubeProxyConfig", "absent")

    def put_leaf(self, leaf: t.Any, *, name: str = "aks-a", version: str = PREVIEW, if_match: str = "") -> Answer:
        """GET, kubeProxyConfig changed, PUT."""
        path = self.cluster_path(name)
        body = self.arm("GET", path, version=version).body
        body["properties"]["networkProfile"]["kubeProxyConfig"] = leaf
        return self.arm("PUT", path, body, version=version, if_match=if_match)

    def finish(self, accepted: Answer) -> dict[str, t.Any]:
        """The last status object of the operation that a PUT started."""
        limit = time.monotonic() + OPERATION_SECONDS
        while time.monotonic() < limit:
            status = self.arm("GET", accepted.headers["azure-asyncoperation"]).body
            if "endTime" in status:
                return status
            time.sleep(0.01)
        raise TimeoutError("the operation did not end")

    def kube(self, cluster: str, path: str, method: str = "GET", body: t.Any = None) -> Answer:
        """A request to a cluster's API server, with the token of the kubeconfig that ARM gives out."""
        with open(self.simulator.kubeconfig(cluster), encoding="utf-8") as file:
            config = yaml.safe_load(file)
        token = config["users"][0]["user"]["token"]
        return self.ask(method, config["clusters"][0]["cluster"]["server"] + path, body, {"Authorization": f"Bearer {token}"})


def _answer(status: int, headers: t.Iterable[tuple[str, str]], data: bytes) -> Answer:
    text = data.decode()
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    return Answer(status, {name.lower(): value for name, value in headers}, body)
