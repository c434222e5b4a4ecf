"""A Kubernetes API server as the collection asks it: paths in, plain JSON out."""

from __future__ import annotations

import dataclasses
import json
import os
import time
import typing as t
import urllib.parse

from ansible.module_utils.common.warnings import warn

from .._common.json_parts import Misshapen
from .._common.json_text import DEEPEST, NotJson, is_deeper, read_json
from .._observe.answers import NotKubernetes, check_object, read_page
from .._observe.kubernetes import Conversation, Execution, KubeError, NoAnswer, Query, Raw, status_of
from .conversations import Conversations, drive
from .entra import AzureToken
from .errors import OPTIONS, BrokenConnection, bad_answer, from_status
from .garbage import without_collections
from .given import Source, read_given, sources_of
from .kubeconfig import Kubeconfig, configuration, local, read, require_library
from .threads import Clock, Threads
from .transport import LONGEST_PAUSE, READ_SECONDS, Answer, PooledTransport, Transport

# Requests at the same time, and so connections. The API server's own fairness limits are far above.
CONCURRENCY = 64
PAGE = 500
ATTEMPTS = 3

T = t.TypeVar("T")
R = t.TypeVar("R")


def connect(
    params: t.Mapping[str, t.Any],
    fetch_kubeconfig: t.Callable[[bool], str],
    concurrency: int = CONCURRENCY,
    azure_token: AzureToken | None = None,
) -> KubeClient:
    """A client by the module's options; nothing is asked of the API server yet. The operator is warned where it cannot be trusted.

    fetch_kubeconfig(admin) is called only when no kubeconfig is given, and returns the kubeconfig's YAML text.
    azure_token: signs in to clusters with Microsoft Entra then.
    Raises KubeError, MissingLibrary.
    """
    context = params.get("context") or None
    found = (_kubeconfig(source, params, context) for source in sources_of(params))
    begun = next((kubeconfig for kubeconfig in found if kubeconfig is not None), None)
    require_library()
    kubeconfig = begun or Kubeconfig(fetch_kubeconfig(bool(params.get("admin_credentials"))), "fetched from Azure", trusted=False)
    given = read_given(params)
    if given.authority and os.path.isfile(given.authority) and not os.path.getsize(given.authority):
        # AWX writes a file for a field that was left empty, too.
        given = dataclasses.replace(given, authority="")
    access = configuration(kubeconfig, context, azure_token, given)
    for warning in access.warnings:
        warn(warning)
    return KubeClient(PooledTransport(access, kubeconfig.origin, concurrency), concurrency)


def _kubeconfig(source: Source, params: t.Mapping[str, t.Any], context: str | None) -> Kubeconfig | None:
    """What the operator has given; none where it has to be fetched."""
    if source is Source.OPTIONS:
        return Kubeconfig("", OPTIONS)
    if source is Source.FILES:
        return read(params["kubeconfig"])
    return local(os.environ, context, str(params.get("name", ""))) if source is Source.CONTEXT else None


class KubeClient(Threads):
    """The port C(Kubernetes) over HTTP: one API server, whose answers are tried again a few times where that can help.

    That is: reads, when a connection breaks or the API server says that it is busy. concurrency: as many connections has the transport.
    sleep, clock: in seconds.
    """

    def __init__(
        self,
        transport: Transport,
        concurrency: int = CONCURRENCY,
        sleep: t.Callable[[float], None] = time.sleep,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(concurrency, clock)
        self.server = transport.server
        self._transport = transport
        self._sleep = sleep

    def get(self, path: str, query: Query | None = None) -> dict[str, t.Any] | None:
        """One object; None when it does not exist."""
        answer = self._ask("GET", path, query, again=_is_busy)
        if answer.status == 404:
            return None
        found = self._object("GET", path, answer)
        if is_deeper(found, DEEPEST):
            raise bad_answer(self.server, f"GET {path}", "is nested too deep")
        try:
            check_object(found, path)
        except NotKubernetes as exc:
            raise bad_answer(self.server, f"GET {path}", str(exc)) from exc
        return found

    def post(self, path: str, body: Raw, query: Query | None = None) -> dict[str, t.Any]:
        """The API server's answer to an object sent to it. Tried again only where nothing can have happened."""
        answer = self._ask("POST", path, query, body=json.dumps(body).encode(), again=lambda seen: seen.status == 429)
        return self._object("POST", path, answer)

    def put(self, path: str, body: Raw, query: Query | None = None) -> dict[str, t.Any]:
        """The API server's answer to an object in the place of the one at the path. Tried again only where nothing can have happened."""
        answer = self._ask("PUT", path, query, body=json.dumps(body).encode(), again=lambda seen: seen.status == 429)
        return self._object("PUT", path, answer)

    def delete(self, path: str) -> bool:
        """Remove one object; what it owns goes first. Whether there was one."""
        body = json.dumps({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}).encode()
        answer = self._ask("DELETE", path, None, body=body, again=_is_busy)
        if answer.status == 404:
            return False
        self._object("DELETE", path, answer)
        return True

    def list_objects(self, path: str, keep: t.Callable[[Raw], T], query: Query | None = None) -> list[T]:
        """What C(keep) makes of each object of a list; a page is let go before the next is read."""
        kept: list[T] = []
        given: Query = {} if query is None else query
        asked: dict[str, t.Any] = {"limit": PAGE, **given}
        while True:
            answer = self._ask("GET", path, asked, again=_is_busy)
            if answer.status == 410 and "continue" in asked:
                # The pages are of one moment that the server keeps only for minutes: take all of them, as they are now.
                kept, asked = [], dict(given)
                continue
            # A page is large, is all needed until it is let go, and has no circles.
            with without_collections():
                try:
                    page = read_page(self._object("GET", path, answer), path)
                    kept += [keep(item) for item in page.items]
                except NotKubernetes as exc:
                    raise bad_answer(self.server, f"GET {path}", str(exc)) from exc
                except Misshapen as exc:
                    raise bad_answer(self.server, f"GET {path}", f"has an item in which {exc}") from exc
            if not page.following:
                return kept
            if page.following == asked.get("continue"):
                raise bad_answer(self.server, f"GET {path}", "leads back to the page that was just read")
            asked["continue"] = page.following

    def text(self, path: str, query: Query | None = None, *, read_seconds: float = READ_SECONDS) -> tuple[int, str]:
        """Status and body of what a pod answers through the API server, or of a log; see the port."""
        answer = self._ask("GET", path, query, again=lambda seen: seen.status == 429, read_seconds=read_seconds)
        if answer.status == 403 and status_of(answer.text) is not None:
            raise self._refusal("GET", path, answer)
        return answer.status, answer.text

    def converse(self, begin: t.Callable[[T], Conversation[R]], items: t.Iterable[T]) -> list[R]:
        """See the port. With many items the first ones open the connections for those after them."""

        def hold_all(some: list[T]) -> list[R]:
            return self.each(lambda item: drive(begin(item), self.text), some)

        asked = list(items)
        first, rest = asked[: self.concurrency], asked[self.concurrency :]
        values = hold_all(first)
        lines = self._transport.lines(self.concurrency) if rest else ()
        return [*values, *(Conversations(begin, rest, self.text, self._sleep, self._clock).hold(lines) if lines else hold_all(rest))]

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        """Run a command in a container; pod: its path. It is not tried again, whatever happens to it."""
        return self._transport.execute(pod, container, command, seconds, at_most)

    def _ask(
        self,
        method: str,
        path: str,
        query: Query | None,
        *,
        again: t.Callable[[Answer], bool],
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        target = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        attempt = 0
        while True:
            attempt += 1
            last = attempt == ATTEMPTS
            pause = 0.2 * attempt
            try:
                answer = self._transport.request(method, target, body, read_seconds)
            except BrokenConnection:
                if last or method in ("POST", "PUT"):
                    raise
            else:
                if answer.status == 401:
                    raise self._refusal(method, path, answer)
                if last or not again(answer):
                    return answer
                pause = min(answer.retry_after if answer.retry_after is not None else pause, LONGEST_PAUSE)
            self._sleep(pause)

    def _object(self, method: str, path: str, answer: Answer) -> dict[str, t.Any]:
        if not 200 <= answer.status <= 299:
            raise self._refusal(method, path, answer)
        try:
            # Of a page, whose items are many, nobody walks through all.
            value = read_json(answer.body, deepest=None)
        except NotJson:
            value = None
        if not isinstance(value, dict):
            raise NoAnswer(self.server, f"{method} {path}", "the answer is not a JSON object, so something else answers at this address")
        return value

    def _refusal(self, method: str, path: str, answer: Answer) -> KubeError:
        return from_status(self.server, self._transport.origin, method, path, answer.status, answer.text)


def _is_busy(answer: Answer) -> bool:
    return answer.status == 429 or answer.status >= 500
