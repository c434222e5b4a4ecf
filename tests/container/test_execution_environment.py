# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: it can be built, has the packages that are pinned, and runs a switch as AWX would, with ansible-runner, as root and as a
user without a name."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
import yaml
from packaging.utils import canonicalize_name

from tests.support.simulator import ROOT, Simulator
from tools.aside.debian_packages import NotAvailable

from .engine import Podman
from .image import build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def podman() -> Podman:
    if os.geteuid():
        pytest.skip("podman is used as root here")
    try:
        return Podman.ready()
    except NotAvailable as reason:
        pytest.skip(f"podman cannot be had: {reason}")


@pytest.fixture(scope="module")
def image(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(podman, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Simulator]:
    with Simulator.started(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


def versions(lines: str) -> dict[str, str]:
    """Of packages, by their names as pip compares them; from lines such as C(PyYAML==6.0.4)."""
    named = (line.split("==") for line in lines.splitlines() if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in named}


def test_its_packages_are_those_that_are_pinned(podman: Podman, image: str) -> None:
    pins = versions((ROOT / "execution-environment" / "constraints.txt").read_text(encoding="utf-8"))
    # Debian's pip, of the stand-in, brings wheel along.
    listing = ("/usr/bin/python3.12", "-m", "pip", "freeze", "--exclude", "wheel")
    assert versions(podman("run", "--rm", image, *listing)) == pins


@pytest.mark.parametrize(("user", "cluster"), [("0:0", "aks-a"), ("1234:0", "aks-b")])
def test_it_switches_a_cluster(podman: Podman, image: str, cloud: Simulator, tmp_path: pathlib.Path, user: str, cluster: str) -> None:
    data = tmp_path / "runner"
    authority = pathlib.Path(cloud.ca).read_text(encoding="utf-8")
    environment = {**cloud.environment(), "REQUESTS_CA_BUNDLE": "/runner/env/ca.pem"}
    variables = {
        "aks_dataplane_resource_group": cloud.resource_group,
        "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
        "aks_dataplane_poll_interval": 1,
        "aks_dataplane_record_dir": "/tmp/records",
    }
    files = {
        "env/ca.pem": authority,
        "env/envvars": yaml.safe_dump(environment),
        "inventory/hosts.yml": yaml.safe_dump({"all": {"hosts": {cluster: {}}, "vars": variables}}),
        "project/switch.yml": "- ansible.builtin.import_playbook: aks.dataplane.kube_proxy\n",
    }
    for name, text in files.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(text, encoding="utf-8")
    for folder in (data, *(path for path in data.rglob("*") if path.is_dir())):
        # As AWX has it: the group of root, which every user of the container is in.
        folder.chmod(0o770)

    said = podman(
        "run",
        "--rm",
        f"--user={user}",
        f"--volume={data}:/runner",
        image,
        "ansible-runner",
        "run",
        "/runner",
        "-p",
        "switch.yml",
        timeout=200,
    )

    assert f"{cluster}: switched, and verified on 3 of 3 nodes" in said
    assert {node["mode"] for node in cloud.nodes(cluster)} == {"nftables"}
