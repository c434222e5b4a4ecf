# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is declared on nodes, and what holds for every run there: pure functions from what was seen to what is wrong with it."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from .plan import Plan, Step
from .trouble import Json

TABLES = ("inet ours", "ip more")
CHANGED, CONCURRENT = "rules_changed", "rules_concurrent"

Forms = tuple[str, ...]


def content(variant: str) -> str:
    """A declaration of C(TABLES), the same for the same variant. They differ in whatever is changed rule by rule, and in what is made anew."""
    dice = random.Random(f"rules {variant}")
    ports = ", ".join(map(str, sorted(dice.sample(range(1, 2000), 6))))
    addresses = ", ".join(f"10.0.{dice.randrange(9)}.{number}" for number in range(4))
    rules = "\n".join(f"        tcp dport {dice.randrange(1, 60)} counter accept" for _rule in range(dice.randrange(3, 12)))
    comment = f'    comment "{variant}"\n' if dice.random() < 0.3 else ""
    return f"""table inet ours {{
{comment}    set ports {{ typeof tcp dport; elements = {{ {ports} }}; }}
    set sources {{ typeof ip saddr; elements = {{ {addresses} }}; }}
    chain input {{
        type filter hook input priority filter + {dice.choice((0, 0, 0, 1))}; policy accept;
        tcp dport @ports ip saddr @sources accept
{rules}
    }}
}}
table ip more {{ chain c {{ tcp dport {dice.randrange(1, 9)} accept; }}; }}
"""


@dataclasses.dataclass(frozen=True)
class NodeStep:
    """before, after: the listings of C(TABLES). declared: that of the declaration. result: the module's, none when it was killed.

    met: the trouble that happened. running: processes that are left. concurrent: the declared listing of another run at the same time.
    """

    step: Step
    result: Json | None
    before: Forms
    after: Forms
    declared: Forms
    met: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    running: tuple[str, ...] = ()
    concurrent: Forms | None = None

    @property
    def killed(self) -> bool:
        return self.result is None

    @property
    def puts(self) -> tuple[t.Any, ...]:
        """Nodes get no PUT."""
        return ()


@dataclasses.dataclass(frozen=True)
class NodeSeen:
    """rerun: the clean run after the steps; unchanged: the result of one more. others: listings of all that is not ours, before and after.

    written: what the writer of kube-proxy's table has left, and what it should be. writer_failures: of its transactions.
    left: files that a run without trouble leaves, and those that are there.
    """

    plan: Plan
    steps: tuple[NodeStep, ...]
    rerun: NodeStep
    unchanged: Json
    others: tuple[str, str]
    written: tuple[str, str]
    writer_failures: tuple[str, ...]
    left: tuple[frozenset[str], frozenset[str]]

    @property
    def everything(self) -> tuple[NodeStep, ...]:
        return (*self.steps, self.rerun)


def node_violations(seen: NodeSeen) -> list[str]:
    """All that is wrong, each with the name of what does not hold."""
    return [f"node: {wrong}" for wrong in (*_wrong_steps(seen), *_wrong_end(seen))]


def _wrong_steps(seen: NodeSeen) -> t.Iterator[str]:
    for number, step in enumerate(seen.everything):
        allowed = [step.before, step.declared, step.concurrent]
        if step.after not in allowed and CHANGED not in step.met:
            yield f"step {number}: the rules are neither as declared nor as before:\n{step.after}"
        result = step.result or {}
        if "Traceback" in str(result) or (result.get("failed") and not result.get("msg")):
            yield f"step {number}: an error that is not ours: {result}"
        if result and not result.get("failed") and CONCURRENT not in step.met and step.after != step.declared:
            yield f"step {number}: it ended well, but the rules are not as declared:\n{step.after}"
        if result.get("failed") and not step.met:
            yield f"step {number}: it failed without any trouble: {result.get('msg')}"
        if result and not step.met and not result.get("changed") and step.before != step.after:
            yield f"step {number}: it says that nothing was changed, but the rules were {step.before} and are {step.after}"
        for process in step.running:
            yield f"step {number}: it ended, but {process} still runs"


def _wrong_end(seen: NodeSeen) -> t.Iterator[str]:
    if seen.rerun.result is None or seen.rerun.result.get("failed") or seen.rerun.after != seen.rerun.declared:
        yield f"the clean run after it failed: {(seen.rerun.result or {}).get('msg')}"
    if seen.unchanged.get("failed") or seen.unchanged.get("changed"):
        yield f"the run after the clean one still changes something: {seen.unchanged}"
    if seen.others[0] != seen.others[1]:
        yield f"rules of others have changed:\n{seen.others[0]}\n{seen.others[1]}"
    if seen.written[0] != seen.written[1]:
        yield f"kube-proxy's table is not what its writer has left:\n{seen.written[0]}\n{seen.written[1]}"
    for failure in seen.writer_failures:
        yield f"the writer of kube-proxy's table has failed: {failure}"
    for file in sorted(seen.left[1] - seen.left[0]):
        yield f"{file} was left behind"
    for file in sorted(seen.left[0] - seen.left[1]):
        yield f"{file} is missing"
