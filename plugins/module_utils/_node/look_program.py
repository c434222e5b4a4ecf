"""What runs on a node in a temporary pod: one look, printed as one line of JSON; then it waits to be ended. Creates nothing."""

from __future__ import annotations

import json
import os
import signal
import typing as t

from .._common.errors import DataplaneError
from .host import Host
from .look_words import ANSWER, LINE_BYTES, PROBLEM
from .netlink_rule_socket import NftRuleKernel
from .node_reader import NodeReader
from .run_command import run_command


def answer(monitor_lines: bool) -> dict[str, t.Any]:
    """One look: under C(ANSWER) the result of M(aks.dataplane.node_dataplane_info), or under C(PROBLEM) why there is none."""
    try:
        return {ANSWER: NodeReader(Host(run_command), NftRuleKernel()).read(monitor_lines)}
    except (DataplaneError, OSError) as exc:
        return {PROBLEM: str(exc)}


def line_of(seen: dict[str, t.Any]) -> str:
    """The answer as a line. Lines of the monitor that are too many are an error of it, and take nothing else away."""
    line = json.dumps(seen)
    if len(line) <= LINE_BYTES or "monitor_lines" not in seen.get(ANSWER, {}):
        return line
    look = seen[ANSWER]
    tables = [(family, table) for family, lines in look["monitor_lines"].items() for table in lines]
    error = f"its lines are longer than {LINE_BYTES // 1000} kB"
    errors = [{"family": family, "table": table, "error": error} for family, table in tables]
    lines = {family: dict.fromkeys(known) for family, known in look["monitor_lines"].items()}
    return json.dumps({ANSWER: {**look, "monitor_lines": lines, "monitor_errors": errors}})


def _end(_number: int, _frame: t.Any) -> t.NoReturn:
    raise SystemExit(0)


def main(words: t.Sequence[str]) -> None:
    """words: of the command line, without the program's name."""
    # The first process of a container gets no signal that it does not ask for.
    signal.signal(signal.SIGTERM, _end)
    os.write(1, (line_of(answer("--monitor-lines" in words)) + "\n").encode())
    while True:
        signal.pause()
