"""Runs a program as C(AnsibleModule.run_command) does, where there is no such module: in a pod."""

from __future__ import annotations

import os
import subprocess
import typing as t

# Of one program. One that needs longer hangs.
PROGRAM_SECONDS = 60


def run_command(words: list[str], data: str | None, environ_update: t.Mapping[str, str], handle_exceptions: bool) -> tuple[int, str, str]:
    """Status, output and errors. OSError when the program cannot be run to its end."""
    try:
        done = subprocess.run(  # noqa: S603 # pylint: disable=ansible-bad-function
            words,
            input=None if data is None else data.encode(),
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            env={**os.environ, **environ_update},
            timeout=PROGRAM_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise OSError(f"it did not end within {PROGRAM_SECONDS} seconds") from exc
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
