"""The program that measures from a pod."""

from __future__ import annotations

# It is needed for what it is: its import makes Ansible bring it along, with all that it imports.
from .._probing import pod_program
from .node_program import node_program


def program() -> bytes:
    """The content of the zip file."""
    return node_program(pod_program.__name__, "prober", {"problem": "its python3 is older than 3.9"})
