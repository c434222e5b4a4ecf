"""What was typed to start the run, as far as a command that follows it has to repeat it. Pure."""

from __future__ import annotations

import dataclasses
import json
import shlex
import typing as t

from .._common.masking import without_credentials
from .._dataplane.declaration import Json


@dataclasses.dataclass(frozen=True)
class Extra:
    """One option for extra variables. file: the absolute path of one that holds them, V('') where they were typed."""

    variables: Json
    file: str = ""


@dataclasses.dataclass(frozen=True)
class Typed:
    """inventories: as the option for them takes each. extras: in their order, of which the last one counts."""

    inventories: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()

    def command(self, playbook: str, host: str, variables: Json, without: t.Collection[str] = ()) -> str:
        """The command line for one host. variables: what it sets besides. without: names that it must not repeat.

        A file is named, so that nothing in it is shown, unless it would override these variables; a typed variable is repeated unless it looks like a secret.
        """
        apart = {*variables, *without}
        files: list[str] = []
        typed: dict[str, t.Any] = {}
        for extra in self.extras:
            typed = {name: value for name, value in typed.items() if name not in extra.variables}
            if extra.file and not extra.variables.keys() & apart:
                files.append(f"@{extra.file}")
            else:
                typed |= {name: value for name, value in extra.variables.items() if name not in apart and _is_public(name, value)}
        repeated = {**variables, **typed}
        words = ["ansible-playbook", playbook, "--limit", host, *(("-e", json.dumps(repeated)) if repeated else ())]
        for inventory in self.inventories:
            words += ["-i", inventory]
        for file in files:
            words += ["-e", file]
        return shlex.join(words)


def _is_public(name: str, value: t.Any) -> bool:
    try:
        text = json.dumps({name: value})
    except TypeError:
        # An encrypted one, for example.
        return False
    return without_credentials(text) == text
