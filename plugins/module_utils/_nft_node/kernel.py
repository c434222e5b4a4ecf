"""Which tables the kernel has, and the stamps on them. No set is read."""

from __future__ import annotations

from .._common.errors import DataplaneError
from .._nft.model import Name
from .._node.nft_socket import NftKernel
from .._node.stamp import CHAIN, Stamp, stamp_of_comment


def tables() -> set[Name]:
    """All of the network namespace. DataplaneError without the right to see them."""
    try:
        return {(table.family, table.name) for table in NftKernel().tables()}
    except PermissionError as exc:
        raise DataplaneError(
            "The packet filter of the node may not be read or changed.",
            remedy="Run the task as root, with become: true; in a container, with the capability CAP_NET_ADMIN.",
            code="NotPermitted",
        ) from exc
    except OSError as exc:
        raise DataplaneError(f"The kernel does not tell its tables: {exc}.", remedy="It needs nf_tables.", code="NoNfTables") from exc


def stamp(family: str, name: str) -> Stamp | None:
    """That on one table, without a look at the others."""
    chain = NftKernel().chain(family, name, CHAIN)
    return stamp_of_comment(chain.comment) if chain else None


def stamps() -> dict[Name, Stamp | None]:
    """Those on all tables; null where one cannot be read."""
    return {(chain.family, chain.table): stamp_of_comment(chain.comment) for chain in NftKernel().chains() if chain.name == CHAIN}
