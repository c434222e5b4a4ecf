# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes to test on: python -m tools.lab --help."""

from __future__ import annotations

import argparse
import os
import sys

from . import images, scenarios
from .errors import LabError
from .nodes import KINDS, Node, sweep


def say(text: str) -> None:
    """Show what is being done, apart from the output of commands."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Those of the command line; ends the program when they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.lab", description="Virtual machines and containers that play nodes.")
    commands = parser.add_subparsers(dest="command", required=True)
    image = commands.add_parser("image", help="build an image, unless it is there, and print its folder")
    image.add_argument("suite", choices=images.SUITES)
    start = commands.add_parser("start", help="start a node and wait until it can be reached")
    start.add_argument("name")
    start.add_argument("kind", choices=KINDS)
    start.add_argument("suite", choices=images.SUITES)
    enter = commands.add_parser("ssh", help="run a command on a node, or a shell")
    enter.add_argument("name")
    enter.add_argument("words", nargs=argparse.REMAINDER)
    stop = commands.add_parser("stop", help="end a node, and remove all that is left of it")
    stop.add_argument("name")
    commands.add_parser("sweep", help="end all nodes of this checkout")
    test = commands.add_parser("test", help="run scenarios of Molecule, all when none is named, and end all nodes afterwards")
    test.add_argument("scenarios", nargs="*", metavar="scenario")
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks for; raises LabError."""
    given = arguments()
    match given.command:
        case "image":
            print(images.ensure(given.suite, say))
        case "start":
            node = Node(given.name)
            print("started" if node.start(given.kind, given.suite, say) else "is running")
            node.wait()
        case "ssh":
            command = [*Node(given.name).ssh, *given.words]
            os.execvp(command[0], command)
        case "stop":
            Node(given.name).stop()
        case "sweep":
            for name in sweep():
                say(f"ended {name}")
        case "test":
            sys.exit(scenarios.test(given.scenarios))


if __name__ == "__main__":
    try:
        main()
    except LabError as exc:
        sys.exit(f"lab: {exc}")
    except KeyboardInterrupt:
        sys.exit(130)
