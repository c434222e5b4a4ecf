"""Long-running operations of ARM: one read at a time, resumable by their URL.

https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations says what their answers mean.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from .._common.errors import DataplaneError
from .answers import text_at
from .errors import ArmError, from_operation
from .retry_after import retry_after_seconds
from .transient import MAX_FAILURES, is_transient

if t.TYPE_CHECKING:
    from .client import ArmClient

# The status of an operation when there was no answer, or when Azure has forgotten it.
UNKNOWN = "Unknown"

_OPERATION_ID = re.compile(r"/(?:operations|operationresults|operationstatuses)/([^/?#;]+)", re.IGNORECASE)
_VERSION = re.compile(r"api-version=[\w.-]+", re.IGNORECASE)
# Of a part of the path, and of the host.
_PARAMETERS = re.compile(r";[^/]*")
_USER = re.compile(r"//[^/]*@")


@dataclasses.dataclass(frozen=True)
class Operation:
    """A running operation.

    url: where its state can be read. Signed by Azure, so it is used as it is, and neither shown nor logged.
    id: the name of the operation, fit to be shown.
    """

    url: str = dataclasses.field(repr=False)
    id: str

    @property
    def shown_url(self) -> str:
        """Without what Azure signed: fit to be printed, and enough to go on with."""
        place, _mark, query = self.url.partition("#")[0].partition("?")
        # The one part of the query that says nothing of who may ask.
        version = next((part for part in query.split("&") if _VERSION.fullmatch(part)), "")
        place = _USER.sub("//", _PARAMETERS.sub("", place))
        return f"{place}?{version}" if version else place

    @property
    def is_signed(self) -> bool:
        """Whether it is as Azure gave it."""
        return self.url != self.shown_url

    @classmethod
    def from_header(cls, url: str) -> Operation:
        """What Azure says to wait for, whatever its URL looks like."""
        path = _path(url)
        return cls(url=url, id=_operation_id(path) or path.rpartition("/")[2])

    @classmethod
    def from_url(cls, url: str) -> Operation:
        """What an operator says to wait for."""
        identifier = _operation_id(_path(url))
        if not identifier:
            raise DataplaneError(
                "operation_url is not the URL of an operation: its path has no /operations/<id>.",
                remedy="Give the operation.url of an earlier result, unchanged.",
            )
        return cls(url=url, id=identifier)


def _path(url: str) -> str:
    """V('') for what is no URL."""
    try:
        return urllib.parse.urlsplit(url).path
    except ValueError:
        return ""


def _operation_id(path: str) -> str:
    match = _OPERATION_ID.search(path)
    return match.group(1) if match else ""


@dataclasses.dataclass(frozen=True)
class OperationStatus:
    """What one read of an operation showed.

    status: Azure's word for what it does, V(Unknown) when there was no answer.
    done: the operation has ended, well or not; the final read of the cluster decides what came out.
    error: why it failed; None while it runs and when it succeeded.
    retry_after: seconds until the next read is useful, where Azure said so.
    failures: how many reads in a row got no answer; hand it to the next one.
    """

    status: str
    done: bool
    error: ArmError | None = None
    retry_after: float | None = None
    failures: int = 0


def read_operation(client: ArmClient, operation: Operation, failures: int = 0) -> OperationStatus:
    """Ask for the state of the operation once.

    failures: the C(failures) of the read before. Throttling, server errors, lost connections and answers that are not Azure's mean "go on" until
    there were C(MAX_FAILURES) in a row; every other refusal is raised as ArmError. DataplaneError for a URL that does not belong to the client's
    cloud.
    """
    what = f"Reading operation {operation.id}"
    try:
        answer = client.get_url(operation.url, what=what)
        status = text_at(answer.body, ("status",), what)
    except ArmError as exc:
        # Azure forgets operations after some time: the work has ended, but how is not known from here.
        if exc.status == 404:
            return OperationStatus(status=UNKNOWN, done=True)
        if not is_transient(exc) or failures + 1 > MAX_FAILURES:
            raise
        return OperationStatus(status=UNKNOWN, done=False, retry_after=exc.retry_after, failures=failures + 1)
    return parse_status(status, answer.body, operation.id, retry_after_seconds(answer.headers))


def parse_status(status: str, body: t.Mapping[str, t.Any], operation_id: str, retry_after: float | None) -> OperationStatus:
    """What an operation's body means. Only three states are final; AKS invents new names for what it is doing all the time."""
    word = status.lower()
    if word == "succeeded":
        # Seen in the wild with an "error" member, after a cluster went through a second operation: it did succeed.
        return OperationStatus(status=status, done=True)
    if word in ("failed", "canceled", "cancelled"):
        return OperationStatus(status=status, done=True, error=from_operation({"error": body.get("error")}, operation_id, status))
    return OperationStatus(status=status, done=False, retry_after=retry_after)
