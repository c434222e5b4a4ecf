# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for programs that the pages of the documentation call and that cannot run in a test: each checks what it is given.

  python tests/support/docs/programs.py PROGRAM ARGUMENT...

An argument, a file or a command that the real program would not take ends with an error, so the page's test fails.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import pathlib
import re
import sys
import typing as t
import zipfile

import yaml
from packaging.requirements import Requirement

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROLE_KEYS = {"Name", "IsCustom", "Description", "Actions", "NotActions", "DataActions", "NotDataActions", "AssignableScopes"}
RBAC = "rbac.authorization.k8s.io"
VERBS = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}


class Wrong(Exception):
    """What the real program would refuse."""


def need(condition: object, message: str) -> None:
    if not condition:
        raise Wrong(message)


def az(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="az", allow_abbrev=False)
    options = ("role-definition", "role", "assignee", "scope", "namespace", "name", "resource-group", "subscription", "output", "query")
    parser.add_argument("words", nargs="*")
    for option in options:
        parser.add_argument(f"--{option}")
    parser.add_argument("--disable-acns", action="store_true")
    chosen = parser.parse_intermixed_args(arguments)
    command = " ".join(chosen.words)
    given = {name for name, value in vars(chosen).items() if value and name != "words"}
    needed = AZ_COMMANDS.get(command)
    need(needed is not None, f"az {command} is not known")
    need(needed == given, f"az {command} takes {needed}, and got {given}")
    if chosen.role_definition:
        role_definition(json.loads(pathlib.Path(chosen.role_definition).read_text(encoding="utf-8")))
    if chosen.scope:
        need(re.match(r"/subscriptions/[^/]+(/resourceGroups/[^/]+(/providers/.+)?)?$", chosen.scope), f"not a scope: {chosen.scope}")


# What each command of the Azure CLI must be given, no more and no less.
AZ_COMMANDS: dict[str, set[str]] = {
    "login": set(),
    "account set": {"subscription"},
    "role definition create": {"role_definition"},
    "role assignment create": {"role", "assignee", "scope"},
    "aks update": {"resource_group", "name", "disable_acns"},
}


def role_definition(role: dict[str, t.Any]) -> None:
    need(set(role) == ROLE_KEYS, f"keys of the role: {sorted(role)}")
    need(role["AssignableScopes"], "the role can be assigned nowhere")
    for action in role["Actions"]:
        need(
            re.fullmatch(r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)*/(read|write|delete|action|[A-Za-z]+/action)", action),
            f"not an action: {action}",
        )


def kubectl(arguments: list[str]) -> None:
    need(arguments[:2] == ["apply", "-f"] and len(arguments) == 3, f"kubectl {' '.join(arguments)} is not known")
    documents = list(yaml.safe_load_all(pathlib.Path(arguments[2]).read_text(encoding="utf-8")))
    items = [item for document in documents for item in (document["items"] if document["kind"] == "List" else [document])]
    roles = {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in items if "rules" in item}
    for item in items:
        if item["kind"] == "Namespace":
            need(item["apiVersion"] == "v1", f"apiVersion of the namespace {item['metadata']['name']}")
            print(f"namespace/{item['metadata']['name']} created")
            continue
        need(item["apiVersion"] == f"{RBAC}/v1", f"apiVersion of {item['metadata']['name']}")
        if "rules" in item:
            rules(item)
        else:
            binding(item, roles)
        print(f"{item['kind'].lower()}.{RBAC}/{item['metadata']['name']} created")


def rules(role: dict[str, t.Any]) -> None:
    need(role["kind"] in ("Role", "ClusterRole"), f"{role['kind']} with rules")
    need((role["kind"] == "Role") == ("namespace" in role["metadata"]), "a Role has a namespace, and a ClusterRole has none")
    for rule in role["rules"]:
        need({"apiGroups", "resources", "verbs"} <= set(rule) <= {"apiGroups", "resources", "verbs", "resourceNames"}, f"rule {rule}")
        need(set(rule["verbs"]) <= VERBS, f"verbs {rule['verbs']}")


def binding(item: dict[str, t.Any], roles: set[tuple[str, str | None, str]]) -> None:
    need(item["kind"] in ("RoleBinding", "ClusterRoleBinding"), f"kind {item['kind']}")
    space = item["metadata"].get("namespace")
    need((item["kind"] == "RoleBinding") == bool(space), "a RoleBinding has a namespace, and a ClusterRoleBinding has none")
    reference = item["roleRef"]
    need(reference["apiGroup"] == RBAC, "apiGroup of roleRef")
    need((reference["kind"], space if reference["kind"] == "Role" else None, reference["name"]) in roles, f"no such role: {reference}")
    for subject in item["subjects"]:
        need(subject["kind"] in ("User", "Group", "ServiceAccount") and subject["name"], f"subject {subject}")


def make(arguments: list[str]) -> None:
    """The targets are tests and demonstrations of their own, so only their names are checked."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    variables = set(re.findall(r"\$\((\w+)\)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for argument in arguments:
        name, equals, _value = argument.partition("=")
        need(name in (variables if equals else targets), f"the Makefile has no {argument}")


def pip(arguments: list[str]) -> None:
    """download: stubs in place of wheels. install: says whether this environment has what it names, or the folder that it is pointed to."""
    parser = argparse.ArgumentParser(prog="pip", allow_abbrev=False)
    parser.add_argument("command", choices=("install", "download"))
    parser.add_argument("-r", "--requirement", action="append", default=[])
    parser.add_argument("-d", "--dest")
    parser.add_argument("--no-index", action="store_true")
    parser.add_argument("--find-links")
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_intermixed_args(arguments)
    lines = [line for file in chosen.requirement for line in pathlib.Path(file).read_text(encoding="utf-8").splitlines()]
    wanted = [Requirement(text) for text in [*chosen.names, *(line for line in lines if line.strip() and not line.startswith("#"))]]
    need(wanted, "nothing is named")
    need((chosen.command == "download") == bool(chosen.dest), "download takes -d, and install does not")
    need(chosen.no_index == bool(chosen.find_links), "--no-index and --find-links belong together")
    for requirement in wanted:
        version = importlib.metadata.version(requirement.name)
        need(requirement.specifier.contains(version), f"{requirement}, but the newest at hand is {version}")
        stub = f"{requirement.name.replace('-', '_')}-{version}-py3-none-any.whl"
        if chosen.dest:
            pathlib.Path(chosen.dest).mkdir(exist_ok=True)
            with zipfile.ZipFile(pathlib.Path(chosen.dest, stub), "w") as wheel:
                wheel.writestr("stub", "")
        if chosen.find_links:
            need(pathlib.Path(chosen.find_links, stub).is_file(), f"{stub} is not in {chosen.find_links}")
        print(f"{chosen.command}: {requirement.name} {version}")


PROGRAMS: dict[str, t.Callable[[list[str]], None]] = {"az": az, "kubectl": kubectl, "make": make, "pip": pip}

if __name__ == "__main__":
    try:
        PROGRAMS[sys.argv[1]](sys.argv[2:])
    except (Wrong, OSError, ValueError, KeyError, importlib.metadata.PackageNotFoundError) as exc:
        sys.exit(f"{sys.argv[1]}: {exc!r}")
