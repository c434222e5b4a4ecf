# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with any version of nft, on which a module runs many times without importing everything each time."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

from .node import RULESET, NftNode

ROOT = pathlib.Path(__file__).resolve().parents[3]


class LabNode(NftNode):
    """nft: the folder of the program that it has; this machine's if not given."""

    def __init__(self, nft: pathlib.Path | None = None) -> None:
        super().__init__()
        if nft is not None:
            self.path = f"{nft}:{self.path}"
        self._worker: subprocess.Popen[str] | None = None
        # How long the last run took, without Python's start and the imports.
        self.seconds = 0.0
        # And how long it and its programs kept a processor busy.
        self.processor = 0.0

    def close(self) -> None:
        if self._worker is not None:
            self._worker.communicate()
        super().close()

    def ruleset(self, *flags: str) -> str:
        return self.run("nft", *flags, "list", "ruleset")

    def generation(self) -> int:
        """The number of the kernel's last change to any rules of the node, also when it changed nothing in the end."""
        return self._reported({})["generation"]

    def ask(self, content: str | None = None, *, name: str = RULESET, env: t.Mapping[str, str] | None = None, **options: t.Any) -> t.Any:
        """The module's result, also when it fails. options: its own, and check and diff."""
        check, diff = options.pop("check", False), options.pop("diff", False)
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
        if content is not None:
            arguments["content"] = content
        answer = self._reported({"module": name, "args": arguments, "env": dict(env or {})})
        self.seconds, self.processor = answer["seconds"], answer["processor"]
        if not answer["out"].lstrip().startswith("{"):
            raise AssertionError(f"{answer['code']}: {answer['out']}{answer['err']}")
        return json.loads(answer["out"])

    def unchanged(self, content: str, **options: t.Any) -> bool:
        """Whether the module has nothing to do; AssertionError when it fails."""
        result = self.ask(content, **options)
        if result.get("failed"):
            raise AssertionError(result)
        return not result["changed"]

    def _reported(self, order: t.Mapping[str, t.Any]) -> t.Any:
        worker = self._started_worker()
        if worker.stdin is None or worker.stdout is None:
            raise AssertionError("the worker has no pipes")
        worker.stdin.write(json.dumps(order) + "\n")
        worker.stdin.flush()
        return json.loads(worker.stdout.readline())

    def _started_worker(self) -> subprocess.Popen[str]:
        if self._worker is None:
            command = [*self.enter, f"--wd={ROOT}", sys.executable, "-m", "tests.support.nft.worker", RULESET]
            self._worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment(), cwd=ROOT
            )
        return self._worker
