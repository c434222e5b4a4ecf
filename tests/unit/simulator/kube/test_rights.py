# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the simulated API server, in the words that a kube-apiserver 1.36.3 had for the same requests."""

from __future__ import annotations

import pytest

from tests.simulator.kube.rights import forbidden

WHO = 'is forbidden: User "u" cannot'


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/v1/nodes", f'nodes {WHO} list resource "nodes" in API group "" at the cluster scope'),
        (
            "/api/v1/namespaces/kube-system",
            f'namespaces "kube-system" {WHO} get resource "namespaces" in API group "" in the namespace "kube-system"',
        ),
        ("/apis/apps/v1/daemonsets", f'daemonsets.apps {WHO} list resource "daemonsets" in API group "apps" at the cluster scope'),
        (
            "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy",
            f'daemonsets.apps "kube-proxy" {WHO} get resource "daemonsets" in API group "apps" in the namespace "kube-system"',
        ),
        (
            "/api/v1/namespaces/kube-system/pods/p:10249/proxy/proxyMode",
            f'pods "p:10249" {WHO} get resource "pods/proxy" in API group "" in the namespace "kube-system"',
        ),
    ],
)
def test_what_is_refused(path: str, message: str) -> None:
    body = forbidden(path, "GET", "u").body
    assert (body["code"], body["reason"], body["message"]) == (403, "Forbidden", message)


def test_a_path_of_no_resource() -> None:
    body = forbidden("/nowhere", "GET", "u").body
    assert (body["message"], body["details"]) == ('forbidden: User "u" cannot get path "/nowhere"', {})
