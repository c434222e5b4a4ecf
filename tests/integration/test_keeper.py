# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper on a node: it applies, confirms, repairs, undoes, pauses and removes, and whatever kills it, the tables are old or new.

It runs in a root with only the mounts of its pod, and with its capabilities.
"""

from __future__ import annotations

import pathlib
import time
import typing as t

import pytest

from tests.support.nft.keeper_pod import API_PORT, ApiServer, KeeperPod, order
from tests.support.nft.lab import LabNode
from tests.support.nft.traffic import Traffic

CHAIN = "chain input { type filter hook input priority 0; policy accept; %s }"
OLD = "table inet ours { chain input { type filter hook input priority 0; policy accept; tcp dport 22 counter accept; }; }"
NEW = "table inet ours { chain input { type filter hook input priority 0; policy accept; tcp dport 23 counter accept; }; }"
CUTTING = f"""table inet ours {{ chain output {{ type filter hook output priority 0; policy accept; tcp dport {API_PORT} drop; }}; }}"""


@pytest.fixture
def api_server(nft_node: LabNode) -> t.Iterator[ApiServer]:
    with ApiServer(nft_node) as server:
        yield server


def pods(node: LabNode, folder: pathlib.Path, *texts: str, **changes: t.Any) -> t.Iterator[KeeperPod]:
    """One after the other, as a rollout has them."""
    for number, text in enumerate(texts):
        with KeeperPod(node, folder / str(number), order(text, **changes)) as pod:
            yield pod


@pytest.mark.usefixtures("api_server")
def test_it_applies_repairs_and_leaves_the_tables_when_it_ends(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    with KeeperPod(nft_node, tmp_path / "pod", order(OLD)) as pod:
        applied = pod.wait("applied")
        assert applied["tables"] == [{"family": "inet", "name": "ours", "state": "created"}]
        kept = pod.wait("as declared")
        assert (kept["state"], kept["repairs"], kept["digest"]) == ("as declared", 0, order(OLD).digest)
        assert pod.is_ready()
        assert " by=web" in nft_node.listing()
        # Others' changes are none of it.
        nft_node.nft("table ip theirs { chain c { type filter hook input priority 0; }; }")
        nft_node.nft("insert rule inet ours input udp dport 53 drop")
        repaired = pod.wait("repaired")
        assert (repaired["repairs"], repaired["tables"]) == (1, [{"family": "inet", "name": "ours", "state": "changed"}])
        nft_node.nft("delete table inet ours")
        assert pod.wait("repaired", 2)["tables"] == [{"family": "inet", "name": "ours", "state": "created"}]
        nft_node.nft("delete chain inet ours aks-dataplane-stamp")
        pod.wait("repaired", 3)
        assert pod.wait("as declared", 4)["repairs"] == 3
        before = nft_node.listing()
        assert "udp" not in before
        assert pod.terminate() == 0
    assert nft_node.listing() == before
    assert nft_node.listing("ip theirs")


@pytest.mark.usefixtures("api_server")
def test_the_next_digest_comes_in_one_transaction_and_takes_away_what_is_not_declared_any_more(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    renamed = NEW.replace("inet ours", "inet renamed")
    for text, name in ((OLD, "ours"), (NEW, "ours"), (renamed, "renamed")):
        monitor = nft_node.monitor() if hasattr(nft_node, "monitor") else None
        with KeeperPod(nft_node, tmp_path / str(time.monotonic_ns()), order(text)) as pod:
            pod.wait("as declared")
            tables = pod.wait("applied")["tables"]
            assert pod.terminate() == 0
        assert monitor is None
        assert nft_node.listing(f"inet {name}")
    assert {table["name"]: table["state"] for table in tables} == {"ours": "removed", "renamed": "created"}
    assert not nft_node.listing("inet ours")


@pytest.mark.usefixtures("api_server")
def test_what_cuts_the_node_off_is_undone_and_not_tried_again(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    for pod in pods(nft_node, tmp_path, OLD):
        pod.wait("as declared")
        pod.terminate()
    before = nft_node.listing()
    with KeeperPod(nft_node, tmp_path / "cut", order(CUTTING)) as pod:
        pod.wait("applied")
        undone = pod.wait("undone")
        assert (undone["state"], undone["code"]) == ("undone", "RolledBack")
        assert "No new connection to the API server (198.18.1.1:6443) succeeded within 3 s" in undone["message"]
        assert nft_node.listing() == before
        assert not pod.is_ready()
        pod.kill()
        pod.start()
        assert pod.wait("undone", 2) == {**undone, "time": pod.lines[-1]["time"]}
        assert pod.events == ["started", "applied", "undone", "started", "undone"]
    assert nft_node.listing() == before


@pytest.mark.usefixtures("api_server")
def test_killed_before_a_connection_confirmed_the_change(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    for pod in pods(nft_node, tmp_path, OLD):
        pod.wait("as declared")
        pod.terminate()
    before = nft_node.listing()
    with KeeperPod(nft_node, tmp_path / "cut", order(CUTTING)) as pod:
        pod.wait("applied")
        pod.kill()
        assert "output" in nft_node.listing()
        pod.start()
        pod.wait("undone")
        assert nft_node.listing() == before
    # Ended in the window, it undoes the change immediately: nobody would be there to do it.
    with KeeperPod(nft_node, tmp_path / "end", order(CUTTING, lockout_timeout=60)) as pod:
        pod.wait("applied")
        assert pod.terminate() == 0
        assert pod.lines[-1]["event"] == "undone"
    assert nft_node.listing() == before
