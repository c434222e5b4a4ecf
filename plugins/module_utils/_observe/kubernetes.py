"""Kubernetes as observation sees it: the port that C(_kube) implements, what comes through it, and the failures that come instead."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_text import read_json_or_none

Raw = t.Mapping[str, t.Any]
Query = t.Mapping[str, t.Any]
TimeIsUp = t.Callable[[], bool]

T = t.TypeVar("T")
R = t.TypeVar("R")

# The code of a KubeError for an answer that cannot be had because of its size alone.
TOO_LARGE = "AnswerTooLarge"

AGAIN = "Try again; if it stays so, look at the cluster's health in Azure."


class KubeError(DataplaneError):
    """Kubernetes could not be asked, or refused.

    status: the HTTP status, where there was an answer.
    transient: the same question may well be answered a little later.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        code: str = "KubeError",
        status: int | None = None,
        transient: bool = False,
        details: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        known: dict[str, t.Any] = {} if status is None else {"status": status}
        super().__init__(message, remedy=remedy, code=code, details=known if details is None else {**known, **details})
        self.status = status
        self.transient = transient


class NoAnswer(KubeError):
    """The connection stood, but the answer did not come in time or makes no sense."""

    def __init__(self, server: str, request: str, reason: str) -> None:
        super().__init__(
            f"The Kubernetes API server {server} gave no answer to {request}: {reason}.", remedy=AGAIN, code="KubeNoAnswer", transient=True
        )


def status_of(body: str) -> dict[str, t.Any] | None:
    """The Kubernetes C(Status) object in a body; None when the body is something else (a program behind the API server answered)."""
    if '"Status"' not in body:
        return None
    value = read_json_or_none(body)
    return value if isinstance(value, dict) and value.get("kind") == "Status" else None


def status_message(body: str) -> str:
    """The message of the C(Status) object in a body, else the body itself: one line of at most 500 characters, without a full stop or credentials."""
    status = status_of(body)
    return foreign(status.get("message", "") if status else body) or "no explanation given"


@dataclasses.dataclass(frozen=True)
class Execution:
    """What a command printed and how it ended: error is V('') for success, else Kubernetes' words for it.

    cut: it printed more than was asked for, and nobody waited for its end.
    """

    output: str
    errors: str
    error: str
    cut: bool = False


@dataclasses.dataclass(frozen=True)
class Question:
    """What C(Kubernetes.text) is asked."""

    path: str
    read_seconds: float


# Asks one question after the other, and is sent status and body of each, or gets the KubeError thrown; returns what it makes of them.
Conversation = t.Generator[Question, "tuple[int, str]", R]


class Kubernetes(t.Protocol):
    """The API server of one cluster. Paths begin with C(/api) or C(/apis); objects are raw JSON.

    The questions may be asked from several threads. Each raises KubeError: for no answer, for an answer of something else than Kubernetes, for 401
    and 403 of the API server, and for every other refusal unless said otherwise.
    """

    @property
    def server(self) -> str:
        """Which one it is, for messages."""

    def get(self, path: str, query: Query | None = None) -> dict[str, t.Any] | None:
        """One object; None when it does not exist."""

    def list_objects(self, path: str, keep: t.Callable[[Raw], T], query: Query | None = None) -> list[T]:
        """What C(keep) makes of each object of a list, page by page; a list that does not exist is a KubeError with status 404."""

    def text(self, path: str, query: Query | None = None, *, read_seconds: float) -> tuple[int, str]:
        """HTTP status and body of what a pod answers through the API server, or of a log, whatever the status.

        Only 401, and 403 of the API server itself, are raised. read_seconds: how long the answer may take.
        """

    def post(self, path: str, body: Raw, query: Query | None = None) -> dict[str, t.Any]:
        """The API server's answer to an object sent to it."""

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        """Run a command in a container without a shell, for so many seconds at most; pod: its path.

        at_most: bytes of its output that are wanted; what follows them is left out. Without it, so much output is a failure.
        """

    def each(self, function: t.Callable[[T], R], items: t.Iterable[T], at_most: int | None = None) -> list[R]:
        """The function's value for each item, in the order of the items, with several of them at the same time.

        The first KubeError is raised; then no further item is begun, because the failure concerns them all. at_most: how many at the same
        time, where that is to be less than usual.
        """

    def converse(self, begin: t.Callable[[T], Conversation[R]], items: t.Iterable[T]) -> list[R]:
        """As C(each), with a conversation for each item."""

    def together(self, *questions: t.Callable[[], t.Any]) -> list[t.Any]:
        """The value of each question, all asked at the same time; the failure of the first one that failed is raised."""

    def deadline(self, seconds: float) -> TimeIsUp:
        """From now on for so many seconds: says whether they are over."""
