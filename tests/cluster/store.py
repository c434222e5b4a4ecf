# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster stores, in etcd itself: how old versions of objects are let go, which otherwise happens once in some minutes."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from . import control_plane
from .api import Api

# Where API servers agree on what they have let go.
KEY = b"compact_rev_key"
# They look there every ten seconds.
PATIENCE = 60.0
LOOK_SECONDS = 0.5
_ASK = """
import sys, urllib.request
request = urllib.request.Request(sys.argv[1], data=sys.argv[2].encode(), headers={"Content-Type": "application/json"})
print(urllib.request.urlopen(request).read().decode())
"""


class Store:
    """owner: the program that holds the cluster's first process. api: of the cluster."""

    def __init__(self, owner: int, api: Api) -> None:
        # etcd listens within the network of the cluster only.
        self._inside = Path(f"/proc/{owner}/task/{owner}/children").read_text(encoding="ascii").split()[0]
        self._api = api

    def let_go(self, page: str) -> None:
        """All versions of objects before now, and the list that a page belongs to. page: path and query of one of its next pages."""
        # Makes a new version, since the newest one is always kept.
        self._ask("put", {"key": _in64(b"tests"), "value": ""})
        revision = int(self._ask("range", {"key": _in64(KEY)})["header"]["revision"])
        self._ask("compaction", {"revision": str(revision)})
        self._ask("put", {"key": _in64(KEY), "value": _in64(str(revision).encode())})
        deadline = time.monotonic() + PATIENCE
        while self._api.request("GET", page).status != 410:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{page} is still there")
            time.sleep(LOOK_SECONDS)

    def _ask(self, what: str, body: t.Mapping[str, str]) -> t.Any:
        command = ["nsenter", "--target", self._inside, "--net", sys.executable, "-c", _ASK]
        where = f"{control_plane.ETCD}/v3/kv/{what}"
        done = subprocess.run([*command, where, json.dumps(body)], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


def _in64(content: bytes) -> str:
    return base64.b64encode(content).decode()
