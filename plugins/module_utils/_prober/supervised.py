"""Starting the process of a probe, and ending it with what it has seen."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

from .._common.errors import DataplaneError
from .._interruption.target import Target
from .._probing import samples
from .._work.process_identity import parent_identity

# The package is found from the folder above it: the process knows nothing of Ansible, nor of its search for collections.
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from module_utils._prober.program import main; main()"
_PLUGINS = pathlib.Path(__file__).resolve().parents[2]
# Seconds for it to begin, and to end with the tries that are still open.
_BEGIN, _END = 30.0, 15.0
_PAUSE = 0.05


def begin(path: str, targets: t.Sequence[Target], seconds: float) -> float:
    """Start it, and return when it began, on the clock of the machine; DataplaneError with the code ProbeNotPossible where it does not.

    path: of the file that it writes, which must not be there yet. seconds: after which it ends whatever happens. It also ends with the parent of this
    process, which is the run: the workers of a run come and go.
    """
    given = {"path": path, "targets": [dataclasses.asdict(one) for one in targets], "owner": parent_identity(), "seconds": seconds}
    try:
        # A signal to the group of the run is not for it: it ends when the run has read it, or is gone.
        process = subprocess.Popen(  # noqa: S603 # pylint: disable=ansible-bad-function
            [sys.executable, "-I", "-B", "-c", _PROGRAM, str(_PLUGINS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        with contextlib.closing(t.cast("t.IO[bytes]", process.stdin)) as stdin, contextlib.suppress(BrokenPipeError):
            stdin.write(json.dumps(given).encode())
    except OSError as exc:
        raise _impossible(f"its process cannot be started: {exc.strerror}") from exc
    limit = time.monotonic() + _BEGIN
    while time.monotonic() < limit:
        found = _read(path)
        if found.begun is not None:
            return found.begun
        if found.failed or process.poll() is not None:
            break
        time.sleep(_PAUSE)
    found = _read(path)
    process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        os.unlink(path)
    raise _impossible(
        found.failed or "its process ended, or did not begin in time. Check that the folder of the run records can be written to"
    )


def end(path: str) -> samples.Samples:
    """End it, and return what it has seen, and what it had seen if it has ended by itself; nothing of it stays on the disk."""
    try:
        with open(path, encoding="utf-8") as file:
            os.unlink(path)
            limit = time.monotonic() + _END
            text = file.read()
            # The last line says that it has ended.
            while f'["{samples.ENDED}"' not in text[-100:] and time.monotonic() < limit:
                time.sleep(_PAUSE)
                text += file.read()
            return samples.read(text)
    except OSError:
        return samples.read("")


def _read(path: str) -> samples.Samples:
    try:
        with open(path, encoding="utf-8") as file:
            return samples.read(file.read())
    except OSError:
        return samples.read("")


def _impossible(why: str) -> DataplaneError:
    return DataplaneError(
        f"The interruption cannot be measured: {why}.",
        remedy="Correct the targets in aks_dataplane_probe, or leave it out. Nothing was changed in the cluster.",
        code="ProbeNotPossible",
    )
