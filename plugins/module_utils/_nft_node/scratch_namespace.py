"""How a declaration is listed: it is loaded into a network namespace that lives as long as the question.

A child of the process goes there, because a process cannot leave a user namespace again.
"""

from __future__ import annotations

import json
import os
import re
import socket
import typing as t

from .._common.errors import DataplaneError
from .._nft.table_model import Name
from .._node.fragile_sets import FragileSet, fragile_sets
from .._node.netlink_socket import NftKernel
from .._node.program_result import Ran
from .._node.programs import RunCommand, run_program
from .kernel_picture import picture
from .packet_filter import PacketFilter, memory_file, read_again

CANARY = ("inet", "aks-dataplane-canary")
_NEW_NET, _NEW_USER = 0x40000000, 0x10000000
# These take the index of an interface when they are loaded.
_BY_INDEX = re.compile(r"\b(?:iif|oif|sdif|devices?)\b")
_WORDS = re.compile(r'[^\s{},;="]+')
_QUOTED = re.compile(r'"([^"\n]*)"')
# Not every kernel has each of them.
_KINDS = ("dummy", "ifb", "bridge", "veth")


class NoScratchNamespace(Exception):
    """The node does not let us have such a namespace; says why."""


def links(text: str, interfaces: t.Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Index and name of the interfaces that the text may mean; the loopback interface is in every namespace."""
    words = {*_WORDS.findall(text), *_QUOTED.findall(text)}
    return sorted((index, name) for index, name in interfaces if name != "lo" and not words.isdisjoint((name, str(index))))


class ScratchNamespace:
    """A process that goes into the namespace, at work from the start, and what it found out."""

    def __init__(
        self, nft: PacketFilter, run_command: RunCommand, text: str, wanted: t.Iterable[Name], pictured: t.Collection[Name]
    ) -> None:
        """text: everything that is declared. wanted: the tables to list. pictured: those to make a picture of, too."""
        self._nft, self._run_command, self._text = nft, run_command, text
        self._links = links(text, socket.if_nameindex()) if _BY_INDEX.search(text) else []
        self._said = memory_file()
        self._pictured = pictured
        # Of what was declared, known after the listings.
        self.fragile: list[FragileSet] = []
        self.pictures: dict[Name, str | None] = {}
        self._listings = {name: memory_file() for name in wanted}
        self._pid = os.fork()
        if self._pid == 0:
            self._end_with(self._outcome)

    def wait(self) -> None:
        """Until the process has ended."""
        os.waitpid(self._pid, 0)

    def listings(self, declared: t.Iterable[Name]) -> dict[Name, str] | Ran:
        """After the wait: the listings of the wanted tables, or what nft said when it refused the text.

        declared: the tables that the text may make. NoScratchNamespace; DataplaneError when it makes, changes or removes others.
        """
        text = _read_and_close(self._said)
        said = json.loads(text) if text else {"error": "The process that tries the declaration out was killed."}
        if "reason" in said:
            raise NoScratchNamespace(said["reason"])
        if "error" in said:
            raise DataplaneError(said["error"], code="NftFailed")
        if "refused" in said:
            return Ran(*said["refused"])
        found = {tuple(table) for table in said["tables"]}
        if found != {CANARY, *declared}:
            names = ", ".join(" ".join(name) for name in sorted(found.symmetric_difference({CANARY, *declared})))
            raise DataplaneError(
                f"The declaration does not keep to its tables; it also makes or removes: {names}.",
                remedy="Declare nothing but whole tables.",
                code="InvalidDeclaration",
            )
        self.fragile = [FragileSet(*item) for item in said["fragile"]]
        self.pictures = {(item[0], item[1]): item[2] for item in said["pictures"]}
        return {name: _read_and_close(file) for name, file in self._listings.items()}

    def _end_with(self, work: t.Callable[[], dict[str, t.Any]]) -> t.NoReturn:
        """Whatever happens, the child must not go on with what its parent does after it."""
        try:
            try:
                said = work()
            except DataplaneError as exc:
                said = {"error": exc.message}
            except Exception as exc:
                said = {"error": f"The declaration cannot be tried out: {exc!r}"}
            self._said.write(json.dumps(said))
            for file in (self._said, *self._listings.values()):
                file.flush()
        finally:
            os._exit(0)

    def _outcome(self) -> dict[str, t.Any]:
        try:
            _enter()
            self._make_links()
        except (OSError, NoScratchNamespace) as exc:
            return {"reason": str(exc)}
        for text in ("table {} {}".format(*CANARY), self._text):
            ran = self._nft.apply(text)
            if ran.status != 0:
                return {"refused": ran}
        kernel = NftKernel()
        tables = [(table.family, table.name) for table in kernel.tables()]
        pictures = [(*name, picture(*name)) for name in self._pictured]
        for name, file in self._listings.items():
            file.write(self._nft.list_table(*name) or "")
        return {"tables": tables, "fragile": fragile_sets(kernel.ask), "pictures": pictures}

    def _make_links(self) -> None:
        if not self._links:
            return
        reasons = []
        for kind in _KINDS:
            for index, name in self._links:
                # Not in a batch, which would take some signs of a name for its own.
                ran = run_program(self._run_command, "ip", "link", "add", "name", name, "index", str(index), "type", kind)
                if ran.status != 0:
                    break
            else:
                return
            reasons.append(f"{kind}: {ran.complaint}")
        raise NoScratchNamespace(f"interfaces cannot be made there ({'; '.join(reasons)})")


def _read_and_close(file: t.TextIO) -> str:
    with file:
        return read_again(file)


def _enter() -> None:
    """Into a new network namespace; without the right to that, inside a new user namespace."""
    try:
        _unshare(_NEW_NET)
    except PermissionError:
        user = os.geteuid()
        _unshare(_NEW_USER | _NEW_NET)
        with open("/proc/self/uid_map", "w", encoding="ascii") as file:
            file.write(f"0 {user} 1")


def _unshare(flags: int) -> None:
    if hasattr(os, "unshare"):  # Python 3.12
        os.unshare(flags)
        return
    import ctypes

    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"no separate namespace: {os.strerror(code)}")
