# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the campaign does: a pure function of the seed and the number of the run."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from .trouble import EVENTS, HOST_ROUTING, KUBE_PROXY, ON_NODES, ONLY_ENABLING, SHARES, UNDER_PLAYBOOKS, Json, faults, kinds

CLUSTER = "aks-a"
MODES = ("IPTABLES", "IPVS", "NFTABLES")
STATES = ("disabled", "enabled")

# How a run is carried out: by the product in a forked interpreter, by ansible-playbook, or on a node.
IN_PROCESS, PLAYBOOK, NODE = "in_process", "playbook", "node"
# Of nine runs one is carried out by playbooks, and one is about a node's rules.
TURNS = 9
PLAYBOOK_TURN, NODE_TURN = 4, 8

# A step switches with the module alone, or with all that a playbook does.
MODULE, TASKS = "module", "tasks"

# The points at which events happen: at the nth interaction of the run with anything; right before its nth PUT reaches Azure; so many
# interactions after Azure has accepted one; at its nth work on a file.
INTERACTION, PUT, ACCEPTED, FILE = "interaction", "put", "accepted", "file"


@dataclasses.dataclass(frozen=True)
class Fault:
    """name: of the kind of trouble. details: what the simulator is given."""

    name: str
    details: Json


@dataclasses.dataclass(frozen=True)
class Event:
    """name: one of C(trouble.EVENTS). lasts: for so many interactions, where it is over at some time. value: what somebody else sets."""

    name: str
    point: str
    number: int
    lasts: int = 0
    value: str = ""


@dataclasses.dataclass(frozen=True)
class Step:
    """One switch and what happens meanwhile. declared: mode of kube-proxy, or state of host routing."""

    declared: str
    way: str
    faults: tuple[Fault, ...]
    events: tuple[Event, ...]


@dataclasses.dataclass(frozen=True)
class Plan:
    """before: as Step.declared, V('') where nothing was ever configured. nodes: how many."""

    seed: int
    number: int
    sort: str
    plane: str
    before: str
    nodes: int
    steps: tuple[Step, ...]

    @property
    def names(self) -> set[str]:
        """Of all trouble that it plans."""
        return {one.name for step in self.steps for one in (*step.faults, *step.events)}


def sort_of(number: int) -> str:
    turn = number % TURNS
    return PLAYBOOK if turn == PLAYBOOK_TURN else NODE if turn == NODE_TURN else IN_PROCESS


def plan_of(seed: int, number: int) -> Plan:
    """The same for the same seed and number, whatever other runs there are. Kinds of trouble take turns, so that each has its share."""
    dice = random.Random(f"{seed}/{number}")
    sort = sort_of(number)
    if sort == NODE:
        return Plan(seed, number, sort, "", "", 1, tuple(_node_step(dice, place) for place in range(dice.choice((2, 3, 4)))))
    plane = HOST_ROUTING if dice.random() < 0.45 else KUBE_PROXY
    values = MODES if plane == KUBE_PROXY else STATES
    before = dice.choice(("", *values) if plane == KUBE_PROXY else values)
    count = dice.choice((1, 2, 2, 3)) if sort == IN_PROCESS else 1
    steps: list[Step] = []
    current = before or values[0]
    known = [kind for kind in kinds(plane) if sort != PLAYBOOK or kind in UNDER_PLAYBOOKS]
    turns = _turns(dice, [kind for kind in known for _time in range(SHARES.get(kind, 1))], seed + _in_turn(number), count)
    for place in range(count):
        wanted = dice.choice([value for value in values if value != current])
        # What somebody else wants is neither.
        steps.append(_step(dice, plane, wanted, turns[place], last=place == count - 1, sort=sort))
        current = wanted
    nodes = dice.choice((1, 2, 3, 3) if sort == IN_PROCESS else (1, 2))
    return Plan(seed, number, sort, plane, before, nodes, tuple(steps))


def _node_step(dice: random.Random, place: int) -> Step:
    """What is declared is one of the variants of C(node_invariants.content)."""
    name = dice.choice(ON_NODES)
    event = Event(name, dice.choice((INTERACTION, FILE)), dice.randint(1, 12))
    # So that there is something to change.
    return Step(f"{dice.randrange(1000)}.{place}", "", (), () if place == 0 and dice.random() < 0.5 else (event,))


def _in_turn(number: int) -> int:
    """The same without the runs that are about nodes, for those in this process nearly without gaps."""
    return number // TURNS * (TURNS - 2) + number % TURNS


def _turns(dice: random.Random, known: t.Sequence[str], turn: int, count: int) -> list[list[str]]:
    """The kinds of trouble of each step: one whose turn it is in the run, others by chance. known: each as often as it is to happen."""
    turns: list[list[str]] = [[] for _step in range(count)]
    turns[dice.randrange(count)].append(known[turn % len(known)])
    for names in turns:
        names.extend(dice.sample(known, dice.choice((1, 2, 2, 2))))
        if dice.random() < 0.22:
            names.append("kill")
    return [list(dict.fromkeys(names)) for names in turns]


def _step(dice: random.Random, plane: str, declared: str, trouble: t.Sequence[str], *, last: bool, sort: str) -> Step:
    trouble = [name for name in trouble if declared != "disabled" or name not in ONLY_ENABLING]
    about_kube = any(name.startswith(("kube", "node", "disk")) for name in trouble)
    way = TASKS if about_kube or sort == PLAYBOOK or (last and dice.random() < 0.8) or dice.random() < 0.5 else MODULE
    found = tuple(
        Fault(name, details) for name in trouble if name not in EVENTS for details in faults(name, plane, CLUSTER, declared.lower(), dice)
    )
    events = tuple(_event(dice, name, plane, declared, way) for name in trouble if name in EVENTS)
    return Step(declared, way, found, events)


def _event(dice: random.Random, name: str, plane: str, declared: str, way: str) -> Event:
    value = ""
    if name == "other_leaf":
        value = dice.choice([mode for mode in (MODES if plane == KUBE_PROXY else STATES) if mode != declared])
    elif name.startswith("other"):
        value = f"chaos-{dice.randrange(10**6)}"
    if name == "disk_full":
        return Event(name, *_point(dice, way, (INTERACTION, FILE, ACCEPTED)), lasts=dice.choice((5, 20, 60, 10**6)))
    if name == "kill":
        return Event(name, *_point(dice, way, (INTERACTION, FILE, ACCEPTED, ACCEPTED, ACCEPTED)))
    return Event(name, *_point(dice, way, (INTERACTION, PUT, PUT, PUT, ACCEPTED)), value=value)


def _point(dice: random.Random, way: str, points: t.Sequence[str]) -> tuple[str, int]:
    # A module alone has no files.
    point = dice.choice([point for point in points if way == TASKS or point != FILE])
    longest = {INTERACTION: 60 if way == TASKS else 20, PUT: 1, ACCEPTED: 60 if way == TASKS else 25, FILE: 30}[point]
    return point, 1 if point == PUT else dice.randint(0 if point == ACCEPTED else 1, longest)
