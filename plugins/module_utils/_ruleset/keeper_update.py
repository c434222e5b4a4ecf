"""What a newer collection would replace in a cluster though nobody has asked for another ruleset. Pure."""

from __future__ import annotations

import typing as t

from .._common.json_parts import text_at
from .._observe.objects import containers_of, find_container
from .live import LiveSet
from .objects import CONTAINER, TEMPLATE, Keepers


def former_templates(live: t.Sequence[LiveSet], keepers: Keepers) -> dict[str, t.Any]:
    """The pod templates, by architecture, that another version of the collection made for the very same options; empty where the options differ.

    A template that somebody has edited has the digest of what was sent, and is none of them: it is repaired. keepers: what is wanted.
    """
    wanted = keepers.daemon_sets()
    if {one.name for one in live} != {*wanted} or not all(_is_for_same_options(one, keepers) for one in live):
        return {}
    return {
        one.architecture: one.raw["spec"]["template"]
        for one in live
        if one.template != wanted[one.name]["metadata"]["annotations"][TEMPLATE]
    }


def _is_for_same_options(live: LiveSet, keepers: Keepers) -> bool:
    image = text_at(find_container(containers_of(live.raw), CONTAINER), "image")
    return (live.task, live.config_map, live.port, live.selection, image) == (
        keepers.task,
        keepers.config_map,
        keepers.port,
        keepers.selection,
        keepers.image,
    )
