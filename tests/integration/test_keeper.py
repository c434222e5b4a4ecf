# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper on a node: it applies, confirms, repairs, undoes, pauses and removes, and whatever kills it, the tables are old or new.

It runs in a root with only the mounts of its pod, and with its capabilities.
"""

from __future__ import annotations

import pathlib
import random
import re
import time
import typing as t

import pytest

from tests.support.nft.keeper_pod import API_PORT, ApiServer, KeeperPod, order
from tests.support.nft.lab import LabNode
from tests.support.nft.traffic import Traffic
from tools.aside.programs import NODE

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


def listing_of_old(node: LabNode, folder: pathlib.Path) -> str:
    """What the node lists after a pod has applied it and ended."""
    for pod in pods(node, folder, OLD):
        pod.wait("as declared")
        pod.terminate()
    return node.listing()


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


# Whatever comes to two ports, counted before and behind the tables of a ruleset.
COUNTING = """
table inet counting {
    counter came_to_closed { }
    counter came_to_open { }
    counter let_to_closed { }
    counter let_to_open { }
    chain first {
        type filter hook prerouting priority -500;
        udp dport 7001 counter name came_to_closed
        udp dport 7002 counter name came_to_open
    }
    chain last {
        type filter hook input priority 500;
        udp dport 7001 counter name let_to_closed
        udp dport 7002 counter name let_to_open
    }
}
"""


def test_between_two_digests_no_packet_leaks_and_none_is_lost(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    """Each has one table of another name, so a moment without one of them, or with both, would show."""
    first = "table inet first { chain c { type filter hook input priority 0; udp dport 7001 drop; udp dport 7002 accept; drop; }; }"
    second = first.replace("first", "second").replace("drop; udp dport 7002", "drop; meta mark 7 drop; udp dport 7002")
    for pod in pods(nft_node, tmp_path / "a", first, lockout_timeout=0):
        pod.wait("as declared")
        pod.terminate()
    nft_node.nft(COUNTING)
    with Traffic(nft_node, 7001, 7002):
        for pod in pods(nft_node, tmp_path / "b", second, first, second, lockout_timeout=0):
            pod.wait("as declared")
            pod.terminate()
    assert {table["name"]: table["state"] for table in pod.wait("applied")["tables"]} == {"first": "removed", "second": "created"}
    assert not nft_node.listing("inet first")
    listed = nft_node.run("nft", "list", "counters", "table", "inet", "counting")
    counted = {name: int(packets) for name, packets in re.findall(r"counter (\w+) {\s+packets (\d+)", listed)}
    assert counted["let_to_closed"] == 0
    assert counted["came_to_closed"] > 1000
    assert counted["let_to_open"] == counted["came_to_open"] > 1000


@pytest.mark.usefixtures("api_server")
def test_what_cuts_the_node_off_is_undone_and_not_tried_again(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    before = listing_of_old(nft_node, tmp_path)
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
    before = listing_of_old(nft_node, tmp_path)
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


@pytest.mark.parametrize(("ours", "other"), [("web", "db"), ("web", "")])
def test_tables_of_others_are_refused(nft_node: LabNode, tmp_path: pathlib.Path, ours: str, other: str) -> None:
    """Those of another ruleset, also where tables may be adopted, and those that nobody's stamp is on."""
    if other:
        with KeeperPod(nft_node, tmp_path / "other", order(OLD, other, lockout_timeout=0)) as pod:
            pod.wait("as declared")
            pod.terminate()
    else:
        nft_node.nft(OLD)
    before = nft_node.listing()
    with KeeperPod(nft_node, tmp_path / "pod", order(NEW, ours, lockout_timeout=0, adopt=bool(other))) as pod:
        refused = pod.wait("refused")
        assert (refused["state"], refused["code"]) == ("refused", "ForeignTable")
        assert refused["tables"] == [{"family": "inet", "name": "ours", "state": "foreign"}]
        assert ("ruleset db" in refused["message"]) == bool(other)
        assert not pod.is_ready()
        assert nft_node.listing() == before
        # As soon as it is gone, the ruleset is applied.
        nft_node.nft("delete table inet ours")
        pod.wait("as declared")
    assert "dport 23" in nft_node.listing()


def test_tables_of_ssh_days_are_adopted_and_then_refused_to_ssh(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    nft_node.apply(content=OLD, persist=False)
    handle = nft_node.listing("inet ours", "-a").splitlines()[0]
    with KeeperPod(nft_node, tmp_path / "pod", order(OLD, lockout_timeout=0)) as pod:
        pod.wait("as declared")
        # The same table, with another stamp.
        assert nft_node.listing("inet ours", "-a").splitlines()[0] == handle
        assert " by=web" in nft_node.listing()
    for options in ({"content": NEW}, {"content": OLD, "state": "absent"}):
        assert nft_node.module(persist=False, **options)["error"]["code"] == "ForeignTable"
    assert nft_node.module("node_nftables_ruleset_info")["tables"][0]["drift"] is False


@pytest.mark.usefixtures("api_server")
def test_try_pause_and_remove(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    def task(name: str, text: str, event: str) -> dict[str, t.Any]:
        with KeeperPod(nft_node, tmp_path / name, order(text), name) as pod:
            line = pod.wait(event)
            time.sleep(1.2)
            if name != "try":
                assert pod.is_ready()
            pod.terminate()
            assert pod.events == ["started", event]
            return line

    assert task("try", OLD, "tried")["tables"] == [{"family": "inet", "name": "ours", "state": "created"}]
    assert nft_node.listing() == ""
    with KeeperPod(nft_node, tmp_path / "keep", order(OLD)) as pod:
        pod.wait("as declared")
        pod.terminate()
    nft_node.nft("insert rule inet ours input udp dport 53 drop")
    drifted = nft_node.listing()
    assert task("pause", OLD, "paused")["tables"] == [{"family": "inet", "name": "ours", "state": "changed"}]
    assert nft_node.listing() == drifted
    nft_node.nft("table inet theirs { chain c { drop; }; }")
    # It finds the tables by their owner.
    assert task("remove", NEW.replace("inet ours", "inet other"), "removed")["tables"] == [
        {"family": "inet", "name": "ours", "state": "removed"}
    ]
    assert nft_node.ruleset().count("table ") == 1


@pytest.mark.skipif(not NODE.folder.exists(), reason="the set-up could not fetch a newer Debian")
def test_what_would_crash_kube_proxy_is_refused_before_it_is_there(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    """On a node of Debian 13. What kube-proxy has for an nft cannot be seen from a pod."""
    nft_node.nft("table ip kube-proxy { chain c { }; }")
    text = "table inet ours {{ set s {{ {}; elements = {{ 192.0.2.1 }}; }}; chain c {{ type filter hook input priority 0; ip saddr @s drop; }}; }}"
    for task in ("try", "keep"):
        given = order(text.format("type ipv4_addr"), lockout_timeout=0)
        with KeeperPod(nft_node, tmp_path / task, given, task, tree=NODE.folder) as pod:
            refused = pod.wait("refused")
            assert (refused["code"], "typeof" in refused["message"]) == ("CrashesKubeProxy", True)
            pod.terminate()
        assert nft_node.listing() == ""
    with KeeperPod(nft_node, tmp_path / "good", order(text.format("typeof ip saddr"), lockout_timeout=0), tree=NODE.folder) as pod:
        pod.wait("as declared")
        nft_node.nft("flush set inet ours s")
        pod.wait("repaired")
        pod.terminate()


def test_killed_at_any_moment_the_tables_are_old_or_new(nft_node: LabNode, tmp_path: pathlib.Path) -> None:
    """With no time for a confirmation, so that each start goes on where the last one ended."""
    moments = random.Random(1)
    before = ""
    for text in (OLD, NEW):
        wanted = "22" if text == OLD else "23"
        pod = KeeperPod(nft_node, tmp_path / wanted, order(text, lockout_timeout=0))
        for _kill in range(4):
            time.sleep(moments.uniform(0.1, 1.0))
            pod.kill()
            found = "".join(port for port in ("22", "23") if f"dport {port} counter" in nft_node.listing())
            assert found in (before, wanted)
            pod.start()
        pod.wait("as declared")
        pod.kill()
        before = wanted
