"""Why a run leaves tables alone, or cannot do what it was to do. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError, trouble
from .._node.fragile_sets import FragileSet
from .._node.program_result import Ran
from . import report
from .compare import compare
from .table_change import TableChange
from .table_model import Table

# What Azure CNI leaves on nodes with eBPF host routing.
HOST_ROUTING = "/sys/fs/bpf/azure-block-iptables"
# Of fragile sets, so many are named.
_NAMED = 3
_SPARE_KUBE_PROXY = (
    "Declare sets and maps with typeof (typeof ip saddr instead of type ipv4_addr), instead of a map in a rule one with a name;"
    " or give kube-proxy an image with nft 1.0.6.1 (kubernetes/kubernetes 136786)."
)


def host_routing() -> DataplaneError:
    """Packets of pods would not see the rules."""
    return DataplaneError(
        f"The node has eBPF host routing ({HOST_ROUTING} is there): packets of pods bypass the rules, and Azure blocks changes to them.",
        remedy="Disable eBPF host routing of the cluster first, or use network policies instead.",
        code="EbpfHostRouting",
    )


def foreign(family: str, name: str) -> DataplaneError:
    """The table has no stamp, and adopt is not set."""
    return DataplaneError(
        f"Table {family} {name} exists already, and this module did not create it.",
        remedy="Choose another name, or set adopt: true to take it over, which removes its undeclared content.",
        code="ForeignTable",
        details={"family": family, "name": name},
    )


def not_taken(said: str, skipped: int = 0) -> DataplaneError:
    """nft refuses the declaration; the controller puts this in the user's terms. skipped: lines that stood in front of its text in what nft was given."""
    return DataplaneError(
        f"nft does not take the declaration: {said.strip()}",
        remedy="Nothing was changed.",
        code="InvalidDeclaration",
        details={"said": said, "skipped": skipped},
    )


def interference() -> DataplaneError:
    """Each try met tables that had changed again."""
    return DataplaneError("The tables did not stop changing.", code="Interference")


def refused(said: str) -> DataplaneError:
    """said: by nft."""
    return DataplaneError(
        f"The kernel refuses the change: {said}",
        remedy="Nothing was changed. Check that no other program changes or owns the same tables.",
        code="Refused",
    )


def nft_crashed(version: str, ran: Ran, suspects: t.Iterable[str]) -> DataplaneError:
    """suspects: family and name of the tables that such an nft cannot read."""
    names = ", ".join(suspects)
    reason = f"table {names} was created by a newer nft" if names else "probably on rules that a newer nft created"
    remedy = "Upgrade the package nftables on the node, or remove that table."
    if ran.status in (-9, -15, 137, 143):  # SIGKILL, SIGTERM
        reason, remedy = "somebody killed it, or memory ran out", "Run the task again."
    return DataplaneError(
        f"The program nft of this node (version {version}) crashed ({ran.complaint}): {reason}.",
        remedy=remedy,
        code="NftCrashed",
    )


def no_way_back(said: str) -> DataplaneError:
    """The kernel would not take the text of the rollback."""
    return DataplaneError(
        f"The current tables could not be restored after a failure, so nothing was changed: {said}",
        remedy="Run the task without backup and confirm_timeout to continue without rollback.",
        code="NoWayBack",
    )


def too_slow(rolled_back: bool) -> DataplaneError:
    """The time for the confirmation was over before the rules were there."""
    return DataplaneError(
        "The change took longer than confirm_timeout, so it was rolled back.",
        remedy="Set a longer confirm_timeout.",
        code="RolledBack",
        result={"rolled_back": rolled_back},
    )


def not_confirmable(exc: OSError, is_undone: bool) -> DataplaneError:
    """What it needs could not be written."""
    undone = "has been undone" if is_undone else "is rolled back after confirm_timeout"
    return DataplaneError(
        f"The change cannot be confirmed ({trouble(exc)}), so it {undone}.",
        remedy="Make room in /run, and run the task again.",
        code="RolledBack",
        result={"rolled_back": is_undone},
    )


def not_as_declared(wrong: t.Sequence[tuple[TableChange, Table | None]], said: str, undo_said: str | None) -> DataplaneError:
    """wrong: the changes that did not come out, and what became of their tables. said: of the second attempt, empty when that worked.
    undo_said: of the attempt to undo; null when that worked.
    """
    is_undone = undo_said is None
    names = ", ".join(" ".join(change.name) for change, _found in wrong)
    reason = f" nft said: {said}" if said else ""
    undone = "The previous tables are restored." if is_undone else f"They could not be restored: {undo_said}"
    return DataplaneError(
        f"The kernel accepted the rules, but the result differs from the declaration: {names}.{reason} {undone}",
        remedy="The diff shows the declaration and the result. Check that no other program changes the same tables.",
        code="NotAsDeclared",
        details={"plan": report.plan(item for change, found in wrong for item in compare(found, change.wanted).items)},
        result={
            "changed": not is_undone,
            "rolled_back": is_undone,
            "diff": [report.difference(change.name, change.wanted, found) for change, found in wrong],
        },
    )


def crashes_kube_proxy(found: t.Iterable[FragileSet]) -> DataplaneError:
    """found: of which the nft of kube-proxy dies."""
    return DataplaneError(
        f"{_fragile(found)} crashes on them.", remedy=f"{_SPARE_KUBE_PROXY} Nothing was changed.", code="CrashesKubeProxy"
    )


def may_crash_kube_proxy(found: t.Iterable[FragileSet]) -> str:
    """A warning: which nft kube-proxy has cannot be seen."""
    return f"{_fragile(found)} may crash on them. {_SPARE_KUBE_PROXY}"


def _fragile(found: t.Iterable[FragileSet]) -> str:
    texts = sorted({item.text for item in found})
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return (
        f"nft 1.1.2 and newer create sets and maps of one plain type that older ones cannot read ({', '.join(texts[:_NAMED])}{more});"
        " the nft of kube-proxy on this node"
    )
