# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules for a test, each in a process of its own that starts with everything imported: one JSON object a line, in and out.

In: C({module, args, env}). Out: C({code, out, err, seconds, processor, generation}). seconds: of the module's own work, without Python's start and
the imports. processor: for how many of them it and its programs kept a processor busy.
generation: the number of the kernel's last change to any rules of the namespace, after the run. Without an order there
is only that.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import socket
import struct
import sys
import tempfile
import time
import traceback
import typing as t

from ..modules import patch_module_args

COLLECTION = "ansible_collections.aks.dataplane.plugins.modules"


def _child(order: dict[str, t.Any], out: int, err: int, clock: t.IO[bytes]) -> int:
    """Does not return into the worker's own code path; the exit status."""
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ.update(order["env"])
    with patch_module_args(order["args"]):
        began, before = time.perf_counter(), _processor()
        try:
            importlib.import_module(f"{COLLECTION}.{order['module']}").main()
        except SystemExit as end:
            return int(end.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            clock.write(f"{time.perf_counter() - began} {_processor() - before}".encode())
            clock.flush()
    return 70


def _processor() -> float:
    """The seconds that this process and those it has waited for kept a processor busy."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _run(order: dict[str, t.Any]) -> dict[str, t.Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as clock:
        child = os.fork()
        if child == 0:
            code = 71
            try:
                code = _child(order, out.fileno(), err.fileno(), clock)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for file in (out, err, clock):
            file.seek(0)
        seconds, processor = map(float, (clock.read() or b"nan nan").split())
        return {"code": status, "out": out.read().decode(), "err": err.read().decode(), "seconds": seconds, "processor": processor}


def generation() -> int:
    """NFT_MSG_GETGEN."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as link:
        link.send(struct.pack("=IHHIIBBH", 20, 10 << 8 | 16, 1, 1, 0, 0, 0, 0))
        return int(struct.unpack_from(">I", link.recv(4096), 24)[0])


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(f"{COLLECTION}.{name}")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps({**(_run(order) if order else {}), "generation": generation()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
