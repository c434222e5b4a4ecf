"""Options of an inventory source that do not exist: Ansible itself says nothing about them."""

from __future__ import annotations

import difflib
import typing as t

from .._common.errors import DataplaneError


def check_known(given: t.Iterable[t.Any], known: t.Collection[str], plugin: str) -> None:
    """Refuse what is not the name of an option: a misspelt filter would let everything through. plugin: its full name."""
    unknown = sorted(str(name) for name in given if name not in known)
    if not unknown:
        return
    near = difflib.get_close_matches(unknown[0], known, n=1)
    meant = f"For {unknown[0]}, {near[0]} may be meant. " if near else ""
    raise DataplaneError(
        f"The inventory source has the unknown option {', '.join(unknown)}.",
        remedy=f"{meant}'ansible-doc --type inventory {plugin}' lists the options.",
        code="UnknownOption",
    )
