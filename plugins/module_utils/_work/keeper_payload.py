"""The program that keeps a ruleset on a node."""

from __future__ import annotations

import hashlib

# It is needed for what it is: its import makes Ansible bring it along, with all that it imports.
from .._keeper import keeper_program
from .._keeper.keeper_words import LINE
from .node_program import node_program

_TOO_OLD = {**LINE, "code": "PythonTooOld", "message": "The python3 of the node is older than 3.9."}


def program() -> bytes:
    """The content of the zip file."""
    return node_program(keeper_program.__name__, "keeper", _TOO_OLD)


def digest_of(content: bytes) -> str:
    """24 characters, of a program: whether a collection has another keeper than the one that runs."""
    return hashlib.sha256(content).hexdigest()[:24]
