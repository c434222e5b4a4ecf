# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib.metadata
import shlex
import sys
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.azure_packages import check_azure_packages
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import (
    MissingLibrary,
    check_version,
    install_command,
    is_new_enough,
)

from tools.floors import FILE, floors


@pytest.mark.parametrize(
    ("found", "enough"),
    [
        ("41.0.0", True),
        ("41.8.0", True),
        ("41.1.0b1", True),
        ("42.0.0rc1", True),
        ("41.0.0.post1", True),
        ("100", True),
        ("41.0.0b3", False),
        ("41.0.0rc1", False),
        ("41.0.0.dev1", False),
        ("40.2.0", False),
        ("32.1.0", False),
        ("nonsense", False),
    ],
)
def test_versions(found: str, enough: bool) -> None:
    assert is_new_enough(found, (41, 0, 0)) is enough


def test_this_environment_is_new_enough() -> None:
    check_azure_packages()


@pytest.fixture(autouse=True)
def nothing_known() -> t.Iterator[None]:
    """What was found new enough is known from then on, in this process and its forks."""
    check_version.cache_clear()
    yield
    check_version.cache_clear()


def test_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: "31.0.0")
    with pytest.raises(DataplaneError) as caught:
        check_azure_packages()
    assert caught.value.code == "SdkTooOld"
    assert "31.0.0" in caught.value.message
    assert "32.1.0" in caught.value.message
    assert "azure-mgmt-containerservice>=32.1.0" in caught.value.remedy
    assert install_command() in caught.value.text


@pytest.mark.parametrize("package", list(floors()))
def test_any_of_them_may_be_too_old(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.9")
    with pytest.raises(DataplaneError, match=f"The Python package {package} is 0.9, but {floors()[package]} or later is needed") as caught:
        check_version(package)
    assert caught.value.text.endswith(install_command())


def test_the_command_can_be_copied_and_installs_everything() -> None:
    assert shlex.split(install_command()) == [sys.executable, "-m", "pip", "install", *FILE.read_text(encoding="utf-8").split()]


def test_a_missing_one_names_the_whole_command() -> None:
    failure = MissingLibrary("jsonschema", ImportError("No module named 'jsonschema'"))
    assert failure.text.endswith(f"To install all packages that the collection needs, run: {install_command()}")
    assert "(jsonschema)" in failure.message


def test_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(MissingLibrary, match="azure-mgmt-containerservice"):
        check_azure_packages()
