# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that a run names for what follows it: with the inventory and the extra variables of the run, and without its secrets."""

from __future__ import annotations

import typing as t

import pytest
from ansible import constants, context
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible_collections.aks.dataplane.plugins.module_utils._run.typed import Extra, Typed
from ansible_collections.aks.dataplane.plugins.plugin_utils._typed import typed

RECORD = {"aks_dataplane_record": "/r.json"}


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (Typed(), """P --limit blue -e '{"aks_dataplane_record": "/r.json"}'"""),
        (Typed(("/my hosts.yml", "a,b")), """P --limit blue -e '{"aks_dataplane_record": "/r.json"}' -i '/my hosts.yml' -i a,b"""),
        (
            Typed(("h",), (Extra({"a": 1}), Extra({"b": "it's"}), Extra({"a": [2]}))),
            """P --limit blue -e '{"aks_dataplane_record": "/r.json", "b": "it'"'"'s", "a": [2]}' -i h""",
        ),
        # A file is named, whatever is in it, and what it overrides is left out.
        (Typed((), (Extra({"a": 1, "b": 2}), Extra({"a": 3, "x_password": "p"}, "/v.yml"))), """json", "b": 2}' -e @/v.yml"""),
        # But for one that would override what is set here, or hide what the record says.
        (
            Typed((), (Extra({"plane": 1, "a": 3, "x_password": "p"}, "/v.yml"),)),
            """blue -e '{"aks_dataplane_record": "/r.json", "a": 3}'""",
        ),
        (Typed((), (Extra({"aks_dataplane_record": "/old"}, "/v.yml"),)), """blue -e '{"aks_dataplane_record": "/r.json"}'"""),
    ],
)
def test_what_was_typed_is_repeated(given: Typed, command: str) -> None:
    assert given.command("P", "blue", RECORD, without=["plane"]).endswith(command)


@pytest.mark.parametrize(
    "secret",
    [
        {"azure_secret": "hunter2"},
        {"api_key": "hunter2"},
        {"x": {"proxy_password": "hunter2"}},
        {"x": ["https://u:hunter2@proxy"]},
        {"x": "Authorization: Token hunter2"},
        {"x": "eyJhbGciOiJSUzI1NiJ9.hunter2"},
        {"x": object()},
        {"ansible_become_pass": "hunter2"},
        {"vault_pwd": "hunter2"},
        {"K8S_AUTH_TOKEN": "hunter2"},
    ],
)
def test_no_secret_is_repeated(secret: dict[str, t.Any]) -> None:
    command = Typed((), (Extra({**secret, "a": 1}),)).command("P", "blue", RECORD)
    assert "hunter2" not in command
    assert command == """ansible-playbook P --limit blue -e '{"aks_dataplane_record": "/r.json", "a": 1}'"""


def test_the_options_of_ansible(tmp_path: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.yml").write_text("a: 1\n")
    options = ("@v.yml", "b=2 c='x y'", '{"d": [3]}', "{e: 4}", "@gone.yml", "", "{broken", "[1]")
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(inventory=("/h", "x,"), extra_vars=options))
    found = typed(DataLoader())
    assert found.inventories == ("/h", "x,")
    assert found.extras == (Extra({"a": 1}, f"{tmp_path}/v.yml"), Extra({"b": "2", "c": "x y"}), Extra({"d": [3]}), Extra({"e": 4}))

    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(inventory=tuple(constants.DEFAULT_HOST_LIST), extra_vars=()))
    assert typed(DataLoader()) == Typed()
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(inventory=("/runner/inventory",), extra_vars=("a=1",)))
    monkeypatch.setenv("AWX_PRIVATE_DATA_DIR", "/tmp/awx_1")
    assert typed(DataLoader()) == Typed()
    monkeypatch.delenv("AWX_PRIVATE_DATA_DIR")
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict())
    assert typed(DataLoader()) == Typed()
