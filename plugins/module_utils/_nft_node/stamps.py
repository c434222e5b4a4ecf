# Copyright (c) 2026, the aks.dataplane authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stamps on the tables of the node, asked of the kernel: no set is read."""

from __future__ import annotations

from .._nft.model import Chain, Table
from .._nft.stamp import CHAIN, Stamp, stamp_of
from .._node.nft_socket import NftKernel


def stamps(kernel: NftKernel) -> dict[tuple[str, str], Stamp]:
    """By family and name of the table."""
    read = {(chain.family, chain.table): stamp_in(f'comment "{chain.comment}"') for chain in kernel.chains() if chain.name == CHAIN}
    return {name: stamp for name, stamp in read.items() if stamp is not None}


def stamp_on(kernel: NftKernel, family: str, name: str) -> Stamp | None:
    """That of one table."""
    chain = kernel.chain(family, name, CHAIN)
    return stamp_in(f'comment "{chain.comment}"') if chain else None


def stamp_in(line: str) -> Stamp | None:
    """From the line of its chain; null when it is none."""
    return stamp_of(Table("", "", chains=(Chain(CHAIN, (line,)),)))
