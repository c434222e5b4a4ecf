# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens in Ansible itself when it loads the action plugins: packages are imported, and nothing else."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

ACTIONS = sorted(path.stem for path in (pathlib.Path(__file__).parents[4] / "plugins" / "action").glob("aks_*.py"))
LOOK = """
import importlib, json, locale, logging, os, signal, sys


def look():
    return {
        "threads": len(os.listdir("/proc/self/task")),
        "files": sorted(os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")),
        "environment": dict(os.environ),
        "current folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "signal handlers": {number: str(signal.getsignal(number)) for number in signal.valid_signals()},
        "root logger": [logging.getLogger().level, len(logging.getLogger().handlers)],
    }


import ansible.plugins.action, ansible.utils.display, ansible.module_utils.basic

before = look()
actions = [importlib.import_module(f"ansible_collections.aks.dataplane.plugins.action.{name}").ActionModule.__name__ for name in sys.argv[1:]]
imported = [name for name in ("azure.identity", "kubernetes.client") if sys.modules.get(name)]
print(json.dumps({"before": before, "after": look(), "actions": actions, "imported": imported}))
"""


def load(code: str, *actions: str) -> dict[str, t.Any]:
    run = subprocess.run([sys.executable, "-c", code, *actions], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_nothing_changes_but_what_is_imported() -> None:
    """Threads above all: workers are forks, in which those of their parent stand still, with all locks that they hold."""
    loaded = load(LOOK, *ACTIONS)
    opened = set(loaded["after"].pop("files")) - set(loaded["before"].pop("files"))
    assert loaded["after"] == loaded["before"]
    assert loaded["after"]["threads"] == 1
    assert [path for path in opened if "aks_dataplane" not in path] == []
    assert loaded["imported"] == ["azure.identity", "kubernetes.client"]


def test_the_packages_need_not_be_there() -> None:
    """What is missing is the module's to report, and ansible-test loads plugins without them."""
    hidden = "import sys\nsys.modules.update(dict.fromkeys(('azure', 'kubernetes', 'msal', 'requests')))\n"
    loaded = load(hidden + LOOK, *ACTIONS)
    assert (loaded["actions"], loaded["imported"]) == (["ActionModule"] * len(ACTIONS), [])


CALLED = """
import json, sys, importlib
importlib.import_module("ansible_collections.aks.dataplane.plugins.action.aks_run_record")
plugins = "ansible_collections.aks.dataplane.plugins."
known = importlib.import_module(plugins + "module_utils._common.missing_library")
print(json.dumps({
    "loaded": sorted(name.removeprefix(plugins) for name in sys.modules if name.startswith((plugins + "action.", plugins + "modules."))),
    "versions": known.check_version.cache_info().currsize == len(known.REQUIREMENTS),
}))
"""


def test_what_a_run_calls_is_loaded_once_for_all_tasks() -> None:
    """With their modules, and with the versions of packages, which each module asks for."""
    called = ("aks_dataplane_status_info", "aks_ebpf_host_routing", "aks_kube_proxy", "aks_preflight_info", "aks_preview_feature")
    loaded = load(CALLED)
    assert set(loaded["loaded"]) == {f"{kind}.{name}" for kind in ("action", "modules") for name in called} | {"action.aks_run_record"}
    assert loaded["versions"] is True
