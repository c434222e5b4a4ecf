# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first hour of a newcomer: the commands of README and tutorial, in their order, in fresh clones, with nothing in place of a program.

  python -m tests.first_hour

Each page has its own clone of what is committed here, and one shell. Azure is simulated. The newcomer has Ansible in a virtual environment. C(make test) is
left out: it takes an hour, and is what calls the other tests of these pages.
"""

from __future__ import annotations

import os
import pathlib
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import typing as t

from tests.playground import RESOURCE_GROUP
from tests.support.docs.pages import Command, File, is_printed, steps
from tests.support.docs.runner import HOME_OF_PROJECT
from tests.support.simulator import ROOT, Simulator, clean_environment

PAGES = ("README.md", "docs/docsite/rst/tutorial.rst")
CLUSTERS = ("aks-prod-1", "aks-prod-2", "aks-test-1")
LEFT_OUT = {"make test"}
# What a page shows to fail, and with which code.
FAILS = {"aks.dataplane.kube_proxy --limit aks-prod-2": 2}
SECONDS = 600
_MARK = "first hour: ended with"
_PLACEHOLDER = re.compile(r"\b(\w+)=\.\.\.")


class Failed(Exception):
    """A command ended in another way, or printed something else, than its page says."""


class Shell:
    """One that is written to, as by hand; also one that a command of it has opened."""

    def __init__(self, folder: pathlib.Path, environment: t.Mapping[str, str]) -> None:
        # Of its own session, so that all of it can be ended.
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Failed("the shell has no pipes")
        stdin.write(f'{command}\necho "{_MARK} $?"\n'.encode())
        stdin.flush()
        output, limit = b"", time.monotonic() + SECONDS
        while not (ended := re.search(rf"{_MARK} (\d+)\n".encode(), output)):
            ready, _writable, _trouble = select.select([stdout], [], [], max(0, limit - time.monotonic()))
            data = os.read(stdout.fileno(), 65536) if ready else b""
            if not data:
                raise Failed(f"{command} did not end within {SECONDS} s, or its shell is gone:\n{output.decode(errors='replace')[-4000:]}")
            output += data
        return int(ended[1]), output[: ended.start()].decode(errors="replace")

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


def follow(page: str, shell: Shell, credentials: t.Mapping[str, str]) -> None:
    """Do what the page says; Failed at the first step that does not work out."""
    for step in steps(ROOT / page):
        if isinstance(step, File):
            target = pathlib.Path(shell.run("pwd")[1].strip()) / step.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(step.text, encoding="utf-8")
        elif isinstance(step, Command) and step.text not in LEFT_OUT:
            began = time.monotonic()
            text = step.text
            if _PLACEHOLDER.search(text):
                # Where a page sets credentials, they and the rest of what leads to the simulated Azure.
                text = f"export {shlex.join(f'{name}={value}' for name, value in credentials.items())}"
            status, output = shell.run(text)
            print(f"{time.monotonic() - began:5.0f} s  {page}:{step.line}  {step.text}", flush=True)
            expected = next((code for part, code in FAILS.items() if part in step.text), 0)
            if status != expected:
                raise Failed(f"{page}:{step.line}: {step.text} ended with {status}, not {expected}:\n{output[-4000:]}")
            if not is_printed(step.shown, output):
                raise Failed(f"{page}:{step.line}: {step.text} does not print what the page shows, but:\n{output[-4000:]}")


def newcomer(folder: pathlib.Path) -> dict[str, str]:
    """The environment of one who has Ansible, and whose home is empty."""
    environment = folder / "ansible"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    subprocess.run([str(environment / "bin" / "pip"), "install", "--quiet", "ansible-core"], check=True)
    home = folder / "home"
    home.mkdir()
    others = [path for path in os.environ["PATH"].split(":") if not path.startswith(str(ROOT))]
    return {
        **clean_environment(),
        "HOME": str(home),
        # Shared with other clones, as on any machine.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(pathlib.Path.home() / ".cache"),
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME") or str(pathlib.Path.home() / ".config"),
        "PATH": ":".join([str(environment / "bin"), *others]),
        "ANSIBLE_NOCOLOR": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{folder}/origin/.insteadOf",
        "GIT_CONFIG_VALUE_0": HOME_OF_PROJECT,
    }


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-first-hour-") as name:
        folder = pathlib.Path(name)
        for target in (folder / "origin" / "aks.dataplane", folder / "checkout"):
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
        (folder / "tutorial").mkdir()
        with Simulator.started(folder / "simulator", clusters=CLUSTERS, resource_group=RESOURCE_GROUP) as simulator:
            environment = newcomer(folder)
            for page, where in zip(PAGES, (folder / "checkout", folder / "tutorial"), strict=True):
                shell = Shell(where, environment)
                try:
                    follow(page, shell, simulator.environment())
                except Failed as exc:
                    print(f"first hour: {exc}", file=sys.stderr)
                    return 1
                finally:
                    shell.close()
    print(f"{time.monotonic() - began:5.0f} s  all of it")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
