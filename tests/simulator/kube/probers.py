# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that measure an interruption: for each, the program of its ConfigMap runs on this machine until its time is up, or the pod is removed."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import typing as t

from ..clock import now, stamp

Json = dict[str, t.Any]

# As python3 runs the zip file, but for where the targets are.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from prober._probing import pod_program; "
    "pod_program.TARGETS = sys.argv[2]; pod_program.main(sys.argv[3:])"
)
# The node is this machine.
_ENVIRONMENT = {"NODE_ADDRESS": "127.0.0.1"}


@dataclasses.dataclass(frozen=True)
class _Running:
    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]

    @property
    def log(self) -> pathlib.Path:
        return pathlib.Path(self.folder.name, "log")


class Probers:
    """The pods by their paths."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def start(self, path: str, pod: Json, config_map: Json) -> None:
        """On the node that the pod names."""
        terms = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        pod["spec"]["nodeName"] = terms[0]["matchFields"][0]["values"][0]
        folder = tempfile.TemporaryDirectory(prefix="prober-")
        program, targets = (pathlib.Path(folder.name, name) for name in ("prober.zip", "targets.json"))
        program.write_bytes(base64.b64decode(config_map["binaryData"][program.name]))
        targets.write_text(config_map["data"][targets.name], encoding="utf-8")
        seconds = pod["spec"]["containers"][0]["command"][-1]
        command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-IBc", _START, str(program), str(targets), seconds]
        with open(pathlib.Path(folder.name, "log"), "wb") as log:
            process = subprocess.Popen(command, env={**os.environ, **_ENVIRONMENT}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._running[path] = _Running(process, folder)

    def tick(self, objects: t.Mapping[str, Json]) -> None:
        """Let the kubelet report."""
        for path, one in self._running.items():
            if path not in objects:
                continue
            ended = one.process.poll()
            state: Json = {"running": {"startedAt": stamp(now())}} if ended is None else {"terminated": {"exitCode": ended}}
            phase = "Running" if ended is None else "Failed" if ended else "Succeeded"
            objects[path]["status"] = {"phase": phase, "containerStatuses": [{"name": "prober", "state": state, "restartCount": 0}]}

    def log(self, path: str) -> str | None:
        """What the pod has printed; None where there is none."""
        one = self._running.get(path)
        return one.log.read_text(encoding="utf-8") if one else None

    def end(self, path: str) -> None:
        one = self._running.pop(path, None)
        if one:
            one.process.kill()
            one.process.wait()
            with contextlib.suppress(OSError):
                one.folder.cleanup()

    def close(self) -> None:
        for path in [*self._running]:
            self.end(path)
