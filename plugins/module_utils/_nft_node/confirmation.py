"""A change that is undone by the node itself unless it is confirmed in time.

Each has a folder below /run, which is gone after a reboot, as the rules are. Confirming renames its C(state.pending) to C(state.confirmed), the watcher to
C(state.rolling-back); the other finds it gone. The watcher outlives the session.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import time
import typing as t

from .._common.errors import DataplaneError, trouble
from .._node.program_result import Ran
from .._node.programs import RunCommand, run_program
from .own_folders import RUN, make_folder, naming, network_namespace
from .persistence import has_systemd

PENDING, CONFIRMED, ROLLING_BACK = "pending", "confirmed", "rolling-back"
ROLLED_BACK, FAILED = "rolled-back", "failed"
OPEN = (PENDING, ROLLING_BACK)
_TOKEN = re.compile(r"[0-9a-f]{32}")
# Seconds. How long the watcher may take to start; how long after its deadline one that does nothing counts as dead; how long a folder is kept.
_START, _LATE, _KEPT = 15.0, 10, 3600

# Time is that since the boot, sleep included: somebody may set the clock. "ready" is there when nothing but time is needed any more. What undoes the change
# stays readable when its folder is removed, which no confirmation survives; emptied, it says that there is nothing to undo.
# Whoever locks it may still load the new rules: these are undone after 5 seconds, and again when it is free.
_WATCH = """
umask 077
trap '' HUP
trap 'exit 1' INT TERM
cd "$1" && [ -r rollback.nft ] || exit 0
exec 3<rollback.nft
: >ready
while [ -e state.pending ]; do
    read -r now rest </proc/uptime
    [ "${now%.*}" -lt "$2" ] || break
    sleep 0.5
done
mv state.pending state.rolling-back 2>/dev/null
for wait in -w5 -x; do
    flock $wait 3 && wait=
    [ -s /dev/fd/3 ] || exit 0
    for end in confirmed rolled-back failed; do
        [ ! -e state.$end ] || exit 0
    done
    for try in 1 2 3 4 5; do
        said=$("$3" -f /dev/fd/3 3<&3 2>&1) && end=rolled-back && break
        sleep 1
    done
    [ "$wait" ] || break
done
printf '%s\n' "$said" >log
mv state.rolling-back state.$end 2>/dev/null || { mkdir -p "$1" && cd "$1" && : >state.$end; }
exit 0
"""
# Whoever kills one of the two that watch leaves the other.
_GUARD = 'trap : HUP INT QUIT TERM ABRT USR1 USR2 PIPE ALRM; until "$@"; do sleep 0.1; done'


def boot_seconds() -> int:
    """Since the boot, sleep included."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


class ConfirmationWindow:
    """The time in which one change can be confirmed, known by its token."""

    def __init__(self, token: str, run_command: RunCommand, nft: str) -> None:
        """nft: path of the program. DataplaneError for what cannot be a token."""
        if not _TOKEN.fullmatch(token):
            raise DataplaneError("wire_confirm: the token is not one of this module's.")
        self.token = token
        self._run_command, self._nft = run_command, nft
        self._folder = f"{_folder()}/{token}"

    def arm(self, rollback: str, seconds: int) -> None:
        """Have the node undo what comes next after so many seconds. rollback: checked nft text."""
        try:
            make_folder(self._folder, 0o700)
            self._write("rollback.nft", rollback)
            # Until we and each nft of ours have ended.
            lock = os.open(f"{self._folder}/rollback.nft", os.O_RDONLY)
            os.set_inheritable(lock, True)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._write("deadline", str(boot_seconds() + seconds))
            # As a file: in words of a command, systemd would replace what begins with $.
            self._write("watch", _WATCH)
            self._write("state.pending", "")
            ran = run_program(self._run_command, *_detached(self._watch(self._deadline), self.token))
        except OSError as exc:
            ran = Ran(1, "", trouble(exc))
        until = time.monotonic() + _START
        while ran.status == 0 and not os.path.exists(f"{self._folder}/ready"):
            if time.monotonic() > until:
                ran = Ran(1, "", "it did not start")
            time.sleep(0.01)
        if ran.status != 0:
            self._drop()
            raise DataplaneError(
                f"What would undo the change without a confirmation cannot be started: {ran.complaint}. Nothing was changed.",
                code="NotArmed",
            )

    def confirm(self) -> bool:
        """False when it is too late."""
        try:
            os.rename(f"{self._folder}/state.{PENDING}", f"{self._folder}/state.{CONFIRMED}")
        except FileNotFoundError:
            return self.state == CONFIRMED
        os.truncate(f"{self._folder}/rollback.nft", 0)
        return True

    def disarm(self) -> None:
        """Nothing was changed, so there is nothing to undo."""
        if self.confirm():
            self._drop()

    @property
    def state(self) -> str | None:
        """None when nothing is known of it, as after a reboot."""
        # Twice: between two looks it can have got another name.
        for _look in range(2):
            for state in (*OPEN, CONFIRMED, ROLLED_BACK, FAILED):
                if os.path.exists(f"{self._folder}/state.{state}"):
                    return state
        return None

    @property
    def is_pending(self) -> bool:
        """Whether it can still be confirmed."""
        return self.state == PENDING

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet what becomes of the change."""
        return self.state in OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether it is open, but too late to be confirmed."""
        return self.is_open and self.seconds_left <= 0

    @property
    def seconds_left(self) -> int:
        """To the deadline; negative after it."""
        return self._deadline - boot_seconds()

    def progress(self) -> dict[str, t.Any]:
        """The keys C(state) and C(seconds) of the result: how long it is still open."""
        state = self.state
        return {"state": state, "seconds": max(self.seconds_left, 0) if state in OPEN else 0}

    @property
    def _deadline(self) -> int:
        """In seconds since the boot."""
        found = re.fullmatch(r"\d{1,11}", self._read("deadline"))
        return int(found[0]) if found else 0

    @property
    def log(self) -> str:
        """What nft said to the rollback."""
        return self._read("log").strip()

    def keep_result(self, result: t.Mapping[str, t.Any]) -> None:
        """It may not arrive at the controller."""
        self._write("result", json.dumps(result))

    def result(self) -> dict[str, t.Any]:
        """Empty when there is none of ours."""
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(self._read("result"))
            if isinstance(found, dict):
                return found
        return {}

    def forget(self) -> None:
        """End one that is so late that nobody else does it, and remove what ended long ago."""
        if self.is_open:
            # Do what a watcher that was killed could not do any more; past the deadline it does not wait.
            if self.seconds_left < -_LATE:
                run_program(self._run_command, *self._watch(0))
        elif self.seconds_left < -_KEPT or self.state is None:
            self._drop()

    def _watch(self, deadline: int) -> list[str]:
        return ["/bin/sh", f"{self._folder}/watch", self._folder, str(deadline), self._nft]

    def _write(self, name: str, text: str) -> None:
        """All of it, or nothing. OSError."""
        with naming(f"{self._folder}/{name}"), open(f"{self._folder}/{name}.part", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.rename(f"{self._folder}/{name}.part", f"{self._folder}/{name}")

    def _read(self, name: str) -> str:
        with contextlib.suppress(FileNotFoundError), open(f"{self._folder}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
        return ""

    def _drop(self) -> None:
        # A watcher that is still there finds nothing to do.
        with contextlib.suppress(OSError):
            os.truncate(f"{self._folder}/rollback.nft", 0)
        shutil.rmtree(self._folder, ignore_errors=True)


def known_windows(run_command: RunCommand, nft: str) -> list[ConfirmationWindow]:
    """All that are known in this network namespace."""
    tokens = [os.path.basename(path) for path in glob.glob(f"{_folder()}/*")]
    return [ConfirmationWindow(token, run_command, nft) for token in tokens if _TOKEN.fullmatch(token)]


def settle_windows(known: t.Iterable[ConfirmationWindow], dry: bool) -> None:
    """End and forget what is long over. DataplaneError while a change waits for its confirmation. dry: only look."""
    for window in known:
        left = window.seconds_left
        if window.is_open and left >= -_LATE:
            raise DataplaneError(
                f"The last change of the rules waits for its confirmation for {max(left, 0)} more seconds; then the node undoes it.",
                remedy="Run the task again after that.",
                code="ConfirmationPending",
                details={"seconds": max(left, 0)},
            )
        if not dry:
            window.forget()


def _folder() -> str:
    return f"{RUN}/confirm.{network_namespace()}"


def _detached(command: list[str], token: str) -> list[str]:
    """The words that start a command which outlives us."""
    if has_systemd() and all(_same_as_init(kind) for kind in ("net", "mnt")):
        return ["systemd-run", "--quiet", "--collect", "--property=Restart=on-failure", f"--unit=aks-dataplane-confirm-{token}", *command]
    started = f"exec setsid -f /bin/sh -c '{_GUARD}' sh \"$@\" </dev/null >/dev/null 2>&1"
    return ["/bin/sh", "-c", started, "sh", *command]


def _same_as_init(kind: str) -> bool:
    """Whether systemd would start it in our namespaces, as far as can be seen."""
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/1/ns/{kind}").st_ino == os.stat(f"/proc/self/ns/{kind}").st_ino
    return False
