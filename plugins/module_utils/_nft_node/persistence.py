"""Keeps the files that bring tables back at boot as they have to be. Each is replaced as a whole.

The link that enables the units comes last and goes first: as long as it is not there, the next run does all the work again.
"""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import typing as t

from .._common.errors import DataplaneError, trouble
from .._files.sync_folder import sync_folder
from .._nft import boot_files
from .._node.programs import RunCommand, run_program
from .own_folders import is_open_to_others, make_folder, naming
from .packet_filter import PacketFilter

_SYSTEMD = "/run/systemd/system"


def has_systemd() -> bool:
    """Whether systemd is what runs the node."""
    return os.path.isdir(_SYSTEMD)


class Persistence:
    """files: text by path, null for one that has to go. Nothing is touched before C(save)."""

    def __init__(self, nft: PacketFilter, run_command: RunCommand, files: t.Mapping[str, str | None]) -> None:
        self._nft, self._run_command, self._files = nft, run_command, files
        self.systemd = has_systemd()
        others = {path for path in glob.glob(f"{boot_files.FOLDER}/*.nft") if path not in files}
        self._needs_units = bool(others) or any(text is not None for text in files.values())

    def pending(self) -> list[str]:
        """The files that would be written or removed, or get another mode."""
        open_to_others = [path for path in (os.path.dirname(boot_files.FOLDER), boot_files.FOLDER) if is_open_to_others(path)]
        return open_to_others + [path for path, text in self._files.items() if _differs(path, text, 0o600)] + self._pending_units()

    def save(self) -> list[str]:
        """The paths that were written or removed. DataplaneError when nft refuses a file, or it cannot be written."""
        try:
            changed = self.pending()
            _sweep()
            for path in changed:
                if is_open_to_others(path):
                    make_folder(path, 0o755)
            for path, text in self._files.items():
                if path in changed:
                    self._put(path, text)
            if self._pending_units():
                self._put_units()
        except OSError as exc:
            raise DataplaneError(
                f"The rules are in place, but will not be there after a reboot: {trouble(exc)}.",
                remedy="Make it writable, or set persist: false.",
                code="NotPersisted",
            ) from exc
        return changed

    def _pending_units(self) -> list[str]:
        if not self._needs_units:
            return [path for path in (*boot_files.LINKS, *boot_files.FILES) if os.path.lexists(path)]
        if not self.systemd:
            return []
        return wrong_units()

    def _put(self, path: str, text: str | None) -> None:
        if text is None:
            _remove(path)
            return
        with replace_file(path, text, 0o600) as part:
            ran = self._nft.check_file(part)
            if ran.status != 0:
                raise DataplaneError(
                    f"The rules are in place, but nft refuses to load them from {path}, so they will not be there after a reboot: {ran.complaint}",
                    code="NotPersisted",
                )

    def _put_units(self) -> None:
        for path in boot_files.LINKS:
            _remove(path)
        if self._needs_units:
            for path, text in boot_files.FILES.items():
                if _differs(path, text, 0o644):
                    with replace_file(path, text, 0o644):
                        pass
            *links, last = boot_files.LINKS.items()
            for link in links:
                _link(*link)
            self._systemctl("daemon-reload")
            # Not waited for: this may run while the node still boots. What is loaded already stays as it is.
            self._systemctl("start", "--no-block", boot_files.TARGET, boot_files.SERVICE)
            _link(*last)
            return
        if self.systemd:
            self._systemctl("stop", boot_files.TARGET, boot_files.SERVICE)
        for path in boot_files.FILES:
            _remove(path)
        for path in boot_files.LINKS:
            with contextlib.suppress(OSError):
                # Only when nothing else is in it.
                os.rmdir(os.path.dirname(path))
        if self.systemd:
            self._systemctl("daemon-reload")

    def _systemctl(self, *arguments: str) -> None:
        ran = run_program(self._run_command, "systemctl", *arguments)
        if ran.status != 0:
            raise DataplaneError(
                f"The rules are in place, but will not be there after a reboot: systemctl {' '.join(arguments)}: {ran.complaint}",
                code="NotPersisted",
            )


def wrong_units() -> list[str]:
    """Files and links of the units that are missing, or not as they have to be."""
    wrong = [path for path, text in boot_files.FILES.items() if _differs(path, text, 0o644)]
    return wrong + [path for path, target in boot_files.LINKS.items() if not (os.path.islink(path) and os.readlink(path) == target)]


def _differs(path: str, text: str | None, mode: int) -> bool:
    try:
        found = os.lstat(path)
        if text is None or not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != mode:
            return True
        data = text.encode("utf-8", "surrogateescape")
        if found.st_size != len(data):
            return True
        with open(path, "rb") as file:
            return file.read() != data
    except FileNotFoundError:
        return text is not None


@contextlib.contextmanager
def replace_file(path: str, text: str, mode: int) -> t.Iterator[str]:
    """The new file under another name, for a last look; after the block it takes the place of the old one. OSError."""
    folder, name = os.path.split(path)
    make_folder(folder, 0o755)
    part = f"{folder}/.{name}.part"
    _unlink(part)
    try:
        with (
            naming(path),
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", errors="surrogateescape") as file,
        ):
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield part
        os.rename(part, path)
    finally:
        _unlink(part)
    sync_folder(folder)


def _link(path: str, target: str) -> None:
    make_folder(os.path.dirname(path), 0o755)
    os.symlink(target, path)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        sync_folder(os.path.dirname(path))


def _sweep() -> None:
    """What runs that were killed left behind."""
    for path in (*glob.glob(f"{boot_files.FOLDER}/.*.part"), *glob.glob(f"{boot_files.UNITS}/.{boot_files.NAME}*.part")):
        _unlink(path)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
