# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts of a cluster, with the roles of docs/rights, of which single rules can be taken away."""

from __future__ import annotations

import time
import typing as t

import yaml

from tools.rights.catalogue import KubernetesNeed
from tools.rights.files import FOLDER

from .api import Answer, Api

NAMESPACE = "kube-system"
ACCOUNTS = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
# Authorization reads the roles from a cache of its own.
PATIENCE = 30.0
LOOK_SECONDS = 0.05


class Account:
    """A service account. parts: the files of docs/rights whose roles it has."""

    def __init__(self, api: Api, name: str, parts: t.Sequence[str] = ("read",)) -> None:
        self._api = api
        self._path = f"{ACCOUNTS}/{name}"
        self._objects = [_owned(item, name) for part in parts for item in _file(part)]
        self._put(self._path, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}})
        self._apply()
        self.token = self.new_token()

    def as_itself(self) -> Api:
        """The API server, asked with its token."""
        return self._api.as_user(self.token)

    def new_token(self, seconds: int = 3600) -> str:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
        return str(_done(self._api.request("POST", f"{self._path}/token", body)).body["status"]["token"])

    def take(self, need: KubernetesNeed) -> None:
        """All its rights but these; when it returns, the API server goes by it."""
        self._apply(need)
        self._wait(need, allowed=False)

    def give_back(self, need: KubernetesNeed) -> None:
        self._apply()
        self._wait(need, allowed=True)

    def remove(self) -> None:
        """With its roles; its tokens are void then."""
        for item in self._objects:
            self._api.request("DELETE", _path(item))
        self._api.request("DELETE", self._path)

    def _apply(self, without: KubernetesNeed | None = None) -> None:
        for item in self._objects:
            rules = [rule for rule in item.get("rules", ()) if without is None or not _is_rule_of(item, rule, without)]
            self._put(_path(item), {**item, "rules": rules} if "rules" in item else item)

    def _put(self, path: str, item: t.Mapping[str, t.Any]) -> None:
        _done(self._api.request("PATCH", f"{path}?fieldManager=tests&force=true", item, "application/apply-patch+yaml"))

    def _wait(self, need: KubernetesNeed, *, allowed: bool) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._is_allowed(need) != allowed:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{need} does not become {allowed}")
            time.sleep(LOOK_SECONDS)

    def _is_allowed(self, need: KubernetesNeed) -> bool:
        resource, _slash, part = need.resource.partition("/")
        name = need.names[0] if need.names else ""
        attributes = {"namespace": need.namespace, "group": need.group, "resource": resource, "subresource": part, "name": name}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**attributes, "verb": need.verbs[0]}},
        }
        return bool(_done(self.as_itself().request("POST", REVIEWS, review)).body["status"]["allowed"])


def _file(part: str) -> list[dict[str, t.Any]]:
    items: list[dict[str, t.Any]] = yaml.safe_load((FOLDER / "kubernetes" / f"{part}.yml").read_text(encoding="utf-8"))["items"]
    return items


def _owned(item: dict[str, t.Any], account: str) -> dict[str, t.Any]:
    """As an operator fills the file in, with names of the account's own."""
    metadata = {**item["metadata"], "name": f"{item['metadata']['name']}-{account}"}
    if "roleRef" not in item:
        return {**item, "metadata": metadata}
    subject = {"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}
    role = {**item["roleRef"], "name": f"{item['roleRef']['name']}-{account}"}
    return {**item, "metadata": metadata, "roleRef": role, "subjects": [subject]}


def _path(item: t.Mapping[str, t.Any]) -> str:
    metadata = item["metadata"]
    scope = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{RBAC}{scope}/{item['kind'].lower()}s/{metadata['name']}"


def _is_rule_of(role: t.Mapping[str, t.Any], rule: t.Mapping[str, t.Any], need: KubernetesNeed) -> bool:
    return (
        role["metadata"].get("namespace", "") == need.namespace
        and rule["apiGroups"] == [need.group]
        and rule["resources"] == [need.resource]
        and rule.get("resourceNames", []) == list(need.names)
        and rule["verbs"] == list(need.verbs)
    )


def _done(answer: Answer) -> Answer:
    """ValueError when it was refused."""
    if answer.status not in (200, 201):
        raise ValueError(f"{answer.status} {answer.body}")
    return answer
