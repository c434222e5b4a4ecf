# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages are taken from where pip of this machine takes them."""

from __future__ import annotations

import pytest

from tools import installer

INDEX, OTHER = "https://pypi.example/simple", "https://other.example/simple"


@pytest.mark.parametrize(
    ("listed", "settings"),
    [
        ("", {}),
        (f"global.index-url='{INDEX}'\n", {"UV_DEFAULT_INDEX": INDEX}),
        (f"global.index-url='{INDEX}'\ninstall.index-url='{OTHER}'\n", {"UV_DEFAULT_INDEX": OTHER}),
        (f":env:.index-url='{OTHER}'\nglobal.index-url='{INDEX}'\n", {"UV_DEFAULT_INDEX": OTHER}),
        (f"global.extra-index-url='\\n{INDEX}\\n{OTHER}'\n", {"UV_INDEX": f"{INDEX} {OTHER}"}),
        (":env:.find-links='/srv/wheels'\n:env:.cert='/srv/ca.pem'\n", {"UV_FIND_LINKS": "/srv/wheels", "SSL_CERT_FILE": "/srv/ca.pem"}),
        ("global.trusted-host='pypi.example'\n", {"UV_INSECURE_HOST": "pypi.example"}),
        ("global.timeout='60'\ndownload.index-url='https://elsewhere.example'\n", {}),
    ],
)
def test_settings_of_pip(listed: str, settings: dict[str, str]) -> None:
    assert installer.settings(listed) == settings


def test_what_uv_is_given_itself_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    assert installer.environment()["UV_DEFAULT_INDEX"] == INDEX
    monkeypatch.setenv("UV_DEFAULT_INDEX", OTHER)
    assert installer.environment()["UV_DEFAULT_INDEX"] == OTHER


@pytest.mark.parametrize(("keeps", "compiled"), [("", None), ("1", "1")])
def test_packages_are_compiled_where_python_is_not_to_keep_it(monkeypatch: pytest.MonkeyPatch, keeps: str, compiled: str | None) -> None:
    monkeypatch.delenv("UV_COMPILE_BYTECODE", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", keeps)
    assert installer.environment().get("UV_COMPILE_BYTECODE") == compiled
