# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module makes of every kind of trouble on the way to ARM."""

from __future__ import annotations

import socket
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import check_version

from tests.support.modules import run_module
from tests.support.simulator import Simulator

CLUSTERS = "/managedClusters"


def read(simulator: Simulator, env: dict[str, str], **args: t.Any) -> dict[str, t.Any]:
    return run_module("aks_network_info", {"resource_group": simulator.resource_group, "name": "aks-a", **args}, env=env)


def reads(simulator: Simulator) -> int:
    return len(simulator.log(kind="arm", method="GET"))


@pytest.mark.parametrize(
    ("kind", "details", "tries"),
    [
        ("server_error", {"status": 500, "times": 1}, 2),
        ("server_error", {"status": 502, "times": 2}, 3),
        ("server_error", {"status": 503, "times": 1, "retry_after": "1"}, 2),
        ("throttle", {"times": 1, "retry_after": "1"}, 2),
        ("reset", {"times": 1}, 2),
        ("slow", {"times": 1, "seconds": 0.5}, 1),
    ],
)
def test_passing_trouble_is_bridged(
    simulator: Simulator, azure_env: dict[str, str], kind: str, details: dict[str, t.Any], tries: int
) -> None:
    simulator.fault(kind, path=CLUSTERS, **details)
    assert read(simulator, azure_env)["clusters"][0]["name"] == "aks-a"
    assert reads(simulator) == tries


@pytest.mark.parametrize(
    ("kind", "details", "status", "code", "word"),
    [
        ("throttle", {"retry_after": "3600"}, 429, None, "fewer clusters"),
        ("forbidden", {}, 403, "AuthorizationFailed", "rights"),
        ("conflict", {"retry_after": "30"}, 409, "OperationNotAllowed", "Wait"),
        ("etag_race", {}, 409, "EtagMismatch", "Run again"),
        ("etag", {}, 412, "PreconditionFailed", "Run again"),
        ("unauthorized", {}, 401, None, "tenant"),
    ],
)
def test_refusals_are_reported_at_once(
    simulator: Simulator, azure_env: dict[str, str], kind: str, details: dict[str, t.Any], status: int, code: str | None, word: str
) -> None:
    simulator.fault(kind, path=CLUSTERS, times=None, **details)
    started = time.monotonic()
    result = read(simulator, azure_env)
    assert time.monotonic() - started < 20
    assert result["failed"]
    assert result["error"]["status"] == status
    assert code in (None, result["error"]["code"])
    assert word in result["msg"]
    assert "Traceback" not in str(result)
    assert reads(simulator) <= 2


def test_lasting_trouble_is_reported(simulator: Simulator, azure_env: dict[str, str]) -> None:
    simulator.fault("server_error", path=CLUSTERS, times=None, status=503)
    result = read(simulator, azure_env)
    assert result["error"]["status"] == 503
    assert "Run again" in result["msg"]
    assert reads(simulator) == 4


def test_broken_connections_are_reported(simulator: Simulator, azure_env: dict[str, str]) -> None:
    simulator.fault("reset", path=CLUSTERS, times=None)
    result = read(simulator, azure_env)
    assert result["error"]["code"] == "NoAnswer"
    assert simulator.arm.removeprefix("https://") in result["msg"]


def test_correlation_id(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run_module("aks_network_info", {"resource_group": "rg-nowhere"}, env=azure_env)
    assert result["error"]["correlation_id"]


def test_wrong_subscription(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = read(simulator, azure_env, subscription_id="99999999-0000-0000-0000-000000000000")
    assert result["error"]["code"] == "SubscriptionNotFound"
    assert "subscription_id" in result["msg"]


def test_nobody_listens(simulator: Simulator, azure_env: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        result = read(simulator, azure_env, cloud_environment=f"https://127.0.0.1:{port}")
    assert result["error"]["code"] == "HostUnreachable"
    assert f"127.0.0.1:{port}" in result["msg"]
    assert "cloud_environment" in result["msg"]


def test_unknown_host(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = read(simulator, azure_env, cloud_environment="https://arm.nowhere.invalid")
    assert result["error"]["code"] == "NameNotResolved"
    assert "arm.nowhere.invalid" in result["msg"]


def test_certificate_of_another_authority(simulator: Simulator, azure_env: dict[str, str]) -> None:
    del azure_env["REQUESTS_CA_BUNDLE"]
    result = read(simulator, azure_env)
    assert result["error"]["code"] == "TlsFailure"
    assert "REQUESTS_CA_BUNDLE" in result["msg"]


def test_no_metadata_there(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = read(simulator, azure_env, cloud_environment=f"{simulator.arm}/not/here")
    assert result["error"]["code"] == "CloudMetadata"


@pytest.fixture
def unknown_versions() -> t.Iterator[None]:
    """Nothing has asked for the versions of packages in this process yet."""
    check_version.cache_clear()
    yield
    check_version.cache_clear()


@pytest.mark.usefixtures("unknown_versions")
def test_sdk_too_old(simulator: Simulator, azure_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.clear_log()
    monkeypatch.setattr("importlib.metadata.version", lambda package: "31.0.0")
    result = read(simulator, azure_env)
    assert result["error"]["code"] == "SdkTooOld"
    assert "31.0.0" in result["msg"]
    assert "32.1.0" in result["msg"]
    assert simulator.log() == []
