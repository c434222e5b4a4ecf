"""What all temporary objects of a run have in common: whose they are, and the program that their pods run. Pure."""

from __future__ import annotations

import base64
import typing as t

from .program_pod import MANAGED_BY

RUN = "aks.dataplane/run"
OWNER, SECONDS = "aks.dataplane/owner", "aks.dataplane/seconds"
# Selects those of all runs, whatever they are for.
SELECTOR = f"{MANAGED_BY}=aks.dataplane,{RUN}"


class Made(t.Protocol):
    """What a run creates."""

    @property
    def run(self) -> str:
        """Its id, letters and digits."""

    @property
    def namespace(self) -> str:
        """Of all its objects."""

    @property
    def owner(self) -> str:
        """The process that they belong to."""

    @property
    def seconds(self) -> int:
        """How long it may take."""


def metadata(made: Made, name: str, labels: t.Mapping[str, str]) -> dict[str, t.Any]:
    """labels: what says that it is one of ours."""
    return {
        "name": name,
        "namespace": made.namespace,
        "labels": {**labels, RUN: made.run},
        "annotations": {OWNER: made.owner, SECONDS: str(made.seconds)},
    }


def config_map(about: t.Mapping[str, t.Any], name: str, program: bytes) -> dict[str, t.Any]:
    """about: its metadata. name: of the file; program: the content of a zip file that Python runs."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": about,
        "immutable": True,
        "binaryData": {name: base64.b64encode(program).decode("ascii")},
    }
