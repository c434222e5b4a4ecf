"""What the kernel has of nf_tables, asked and changed through nft, of one table only, or where no set has to be read, through netlink."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import time
import typing as t

from .._common.errors import DataplaneError
from .._nft import failures
from .._nft.listing import is_torn, parse_table
from .._nft.table_model import Name, Table
from .._node.fragile_sets import FragileSet, fragile_sets
from .._node.netlink_messages import ACKNOWLEDGE, pack_request, read_number, unpack_content
from .._node.netlink_socket import NftKernel
from .._node.program_result import Ran
from .._node.programs import find_program
from .._node.stamp import STAMP_CHAIN, Stamp, stamp_of_comment

OLDEST = (1, 0, 1)
_GET_GENERATION = 16
_GONE = "No such file or directory"
# A set that was just filled still grows. Seconds.
TRIES, PAUSE = 20, 0.1


class PacketFilter:
    """That of the network namespace that the process is in. What each answer means is said in _nft.port.Node."""

    def __init__(self) -> None:
        """DataplaneError when there is none."""
        found = find_program("nft")
        if found is None:
            raise DataplaneError("There is no nft on the node.", remedy="Install the package nftables.", code="NftMissing")
        self.path = found

    @functools.cached_property
    def version(self) -> str:
        # Kept in each stamp: different versions list the same differently.
        ran = self.run("--version")
        number = re.search(r"v(\d{1,9}(?:\.\d{1,9})+)", ran.out)
        if number is None:
            raise DataplaneError(f"{self.path} does not say its version: {ran.complaint}", code="NftFailed")
        return number[1]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", self.version))

    def require(self) -> None:
        # Asked only when there is something to do, because it costs a process.
        if self.numbers < OLDEST:
            raise DataplaneError(
                f"nft on the node is version {self.version}; it has to be 1.0.1 or newer.",
                remedy="Upgrade the package nftables. Older versions crash on third-party sets.",
                code="NftTooOld",
            )

    def tables(self) -> set[Name]:
        with asking():
            return {(table.family, table.name) for table in NftKernel().tables()}

    def generation(self) -> int:
        with asking():
            answers = NftKernel().ask(pack_request(_GET_GENERATION, flags=ACKNOWLEDGE))
        # NFTA_GEN_ID of linux/netfilter/nf_tables.h.
        return read_number(unpack_content(answers[0])[1][1])

    def stamp(self, family: str, name: str) -> Stamp | None:
        with asking():
            note = NftKernel().note(family, name, STAMP_CHAIN)
        return stamp_of_comment(note[0]) if note else None

    def fragile_sets(self, *name: str) -> list[FragileSet]:
        """Those of one table; of all tables when none is given."""
        with asking():
            return fragile_sets(NftKernel().ask, *name)

    def refuse_crash(self, ran: Ran) -> None:
        # Above 128 a shell has started it.
        if ran.status < 0 or ran.status > 128:
            suspects = {f"{item.family} {item.table}" for item in self.fragile_sets()}
            raise failures.nft_crashed(self.version, ran, sorted(suspects))

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        text, table = self._listed(family, name, state)
        return table or (parse_table(text) if text is not None else None)

    def list_table(self, family: str, name: str) -> str | None:
        """The listing itself, with handles and without state."""
        return self._listed(family, name, False)[0]

    def _listed(self, family: str, name: str, state: bool) -> tuple[str | None, Table | None]:
        """The listing, and what it says, where that was needed to see whether it is whole."""
        for left in reversed(range(TRIES)):
            ran = self.run(*(() if state else ("-s",)), "-a", "list", "table", family, name)
            if ran.status != 0:
                break
            table = parse_table(ran.out) if "\tset " in ran.out or "\tmap " in ran.out else None
            if table is None or not left or not is_torn(table):
                return ran.out, table
            time.sleep(PAUSE)
        if _GONE in ran.err:
            return None, None
        self.require()
        self.refuse_crash(ran)
        raise DataplaneError(f"nft {self.version} cannot list table {family} {name}: {ran.complaint}", code="NftFailed")

    def check(self, text: str) -> Ran:
        ran = self._fed(text, "-c")
        self.refuse_crash(ran)
        return ran

    def check_file(self, path: str) -> Ran:
        """As C(check), of a file."""
        return self.run("-c", "-f", path)

    def apply(self, text: str) -> Ran:
        return self._fed(text)

    def bytecode(self, *arguments: str) -> str:
        """What nft reads from the kernel for a listing."""
        return self._said(self.run("--debug=netlink", *arguments))

    def bytecode_of(self, text: str) -> str:
        """What nft would send to the kernel."""
        return self._said(self._fed(text, "--debug=netlink", "-c"))

    def _said(self, ran: Ran) -> str:
        self.refuse_crash(ran)
        if ran.status != 0:
            raise DataplaneError(f"nft {self.version} cannot show what it makes of the tables: {ran.complaint}", code="NftFailed")
        return ran.out

    def _fed(self, text: str, *arguments: str) -> Ran:
        """Not through a pipe: should this process be killed in the middle, nft would take what it got for the whole."""
        with memory_file() as file:
            file.write(text)
            file.seek(0)
            return self.run(*arguments, "-f", "-", given=file)

    def run(self, *arguments: str, given: t.TextIO | None = None) -> Ran:
        """To its end. given: its input.

        nft writes each word of a listing by itself. Into memory that is fast; through a pipe, as C(run_command) has it, it is not.
        """
        with memory_file() as out, memory_file() as err:
            stdin = (os.POSIX_SPAWN_DUP2, given.fileno(), 0) if given else (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
            actions = (stdin, *((os.POSIX_SPAWN_DUP2, file.fileno(), number) for number, file in ((1, out), (2, err))))
            # Unlike a fork, it copies nothing of a large process.
            try:
                pid = os.posix_spawn(  # pylint: disable=ansible-bad-function
                    self.path, [self.path, *arguments], {**os.environ, "LC_ALL": "C"}, file_actions=actions
                )
            except OSError as exc:
                return Ran(127, "", f"nft cannot be run: {exc}")
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            return Ran(status, read_again(out), read_again(err))


@contextlib.contextmanager
def asking() -> t.Iterator[None]:
    """DataplaneError when the kernel does not answer."""
    try:
        yield
    except PermissionError as exc:
        raise DataplaneError(
            "The packet filter of the node may not be read or changed.",
            remedy="Run the task as root, with become: true; in a container, with the capability CAP_NET_ADMIN.",
            code="NotPermitted",
        ) from exc
    except OSError as exc:
        raise DataplaneError(f"The kernel does not list its tables: {exc}.", remedy="It needs nf_tables.", code="NoNfTables") from exc


def memory_file() -> t.TextIO:
    """A file that a child can write and its parent read; it is nowhere on the node."""
    return os.fdopen(os.memfd_create("nft"), "w+", encoding="utf-8", errors="surrogateescape")


def read_again(file: t.TextIO) -> str:
    """All that was written to it."""
    file.seek(0)
    return file.read()
