"""Documents that hold for everybody: a cloud's metadata, and where its sign-in service is. One process of a run asks for each."""

from __future__ import annotations

import os
import re
import typing as t
import urllib.parse

from .clouds import METADATA_PATH, Cloud, cloud_from_metadata, fetch_json, find_cloud
from .pauses import LONGEST_PAUSE, bounded_transport
from .shared_answers import SharedAnswers
from .sign_in import CONNECT_TIMEOUT, READ_TIMEOUT
from .sign_in_identity import network

# They change with years, a run may take a day.
DOCUMENT_SECONDS = 3600.0

# OpenID's, of a tenant, and Entra's, of all its addresses.
_DISCOVERY = re.compile(r"/\.well-known/openid-configuration$|/discovery/instance$")


def find_shared_cloud(name: str, answers: SharedAnswers, pause: float = LONGEST_PAUSE) -> Cloud:
    """As C(find_cloud); of all processes of the run, one asks."""

    def ask(url: str) -> tuple[t.Any, float]:
        metadata = fetch_json(url, pause)
        # What is no metadata is a failure, and not an answer to be kept.
        cloud_from_metadata(url.removesuffix(METADATA_PATH), metadata)
        return metadata, DOCUMENT_SECONDS

    return find_cloud(name, lambda url: answers.once(_key(answers, url), lambda: ask(url)))


def is_discovery(method: str, url: str) -> bool:
    """Whether a request of the sign-in asks for such a document."""
    return method == "GET" and _DISCOVERY.search(urllib.parse.urlsplit(url).path) is not None


def discovery_transport(answers: SharedAnswers, pause: float = LONGEST_PAUSE) -> t.Any:
    """A transport for the credentials of azure-identity, C(bounded_transport) for everything but these documents."""
    bounded = bounded_transport(pause)

    class DiscoveryTransport(bounded):  # type: ignore[misc, valid-type]
        def send(self, request: t.Any, **kwargs: t.Any) -> t.Any:
            if not is_discovery(request.method, request.url):
                return super().send(request, **kwargs)
            sent = []

            def ask() -> tuple[str, float]:
                sent.append(bounded.send(self, request, **kwargs))
                return (sent[0].text(), DOCUMENT_SECONDS) if sent[0].status_code == 200 else ("", 0.0)

            text = answers.once(_key(answers, request.url), ask)
            # The true one, because it may say why there is no document.
            return sent[0] if sent else _Known(request, text)

    return DiscoveryTransport(connection_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT)


class _Known:
    """What azure-core and azure-identity look at of a response."""

    status_code = 200
    reason = "OK"
    content_type = "application/json"

    def __init__(self, request: t.Any, text: str) -> None:
        self.request = request
        self.headers = {"Content-Type": self.content_type}
        self._text = text

    def text(self, encoding: str | None = None) -> str:
        """The document, whatever the encoding in which it came."""
        return self._text

    def body(self) -> bytes:
        """The same as UTF-8."""
        return self._text.encode()


def _key(answers: SharedAnswers, url: str) -> str:
    return answers.key("document", {"url": url, "network": network(os.environ)})
