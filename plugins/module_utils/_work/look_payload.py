"""The program that looks at a node from a pod."""

from __future__ import annotations

# It is needed for what it is: its import makes Ansible bring it along, with all that it imports.
from .._node import look_program
from .._node.look_words import PROBLEM
from .node_program import node_program


def program() -> bytes:
    """The content of the zip file."""
    return node_program(look_program.__name__, "look", {PROBLEM: "its python3 is older than 3.9"})
