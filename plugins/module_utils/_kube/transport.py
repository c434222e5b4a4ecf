"""HTTP to one API server, over the connection pool of the C(kubernetes) client; knows nothing of Kubernetes' objects."""

from __future__ import annotations

import dataclasses
import http.client
import ssl
import threading
import time
import typing as t
import urllib.parse

from .._common.foreign_text import foreign
from .._observe.kubernetes import Execution, KubeError, NoAnswer, Question
from . import exec_channel
from .conversations import Line, Trouble
from .errors import BrokenConnection, tls_failure, unreachable
from .exchange import NotHttp, exchange
from .kubeconfig import Access
from .line import Line as RawLine
from .pools import open_pool
from .sign_in import Fields
from .tls_trouble import is_cut, is_lasting

CONNECT_SECONDS = 10.0
# An API server that starts, or is busy, takes its time for the TLS handshake: it is no part of connecting.
HANDSHAKE_SECONDS = 30.0
READ_SECONDS = 30.0
CREDENTIALS_SECONDS = 5.0
LONGEST_PAUSE = 10.0
TOO_LONG = "the answer took too long"
NO_HANDSHAKE = "it did not finish the TLS handshake in time"
CUT = "the TLS connection was closed"

_UNAUTHORIZED = 401
# Of answers that may be asked for again, or are a failure by themselves.
_FOR_CLIENTS = frozenset({_UNAUTHORIZED, 403, 429})

# Of a number of seconds; more of them make it no longer.
_DIGITS = 9

# What is in the target of a request unchanged, besides letters and digits; what is encoded already stays so.
_TARGET = "/?:@!$&'()*+,;=-._~%"


@dataclasses.dataclass(frozen=True)
class Answer:
    """status: HTTP status, of refusals too. retry_after: seconds, where the server said so."""

    status: int
    body: bytes
    retry_after: float | None = None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Transport(t.Protocol):
    """What the client needs: one request, one answer, whatever its status; raises KubeError when there is no answer."""

    server: str
    origin: str

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = READ_SECONDS) -> Answer:
        """C(path) includes the query; C(read_seconds) is how long the answer may take."""

    def lines(self, at_most: int) -> t.Sequence[Line]:
        """Connections that stand, for one thread that serves all of them; none where there are none."""

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        """Run a command in a container; see C(exec_channel)."""


class PooledTransport:
    """The requests of many threads over connections that are kept alive.

    It uses the pool of the C(ApiClient), but not its call machinery: the signatures of that differ between releases, and at 20,000 requests for one
    observation its cost counts.
    """

    def __init__(self, access: Access, origin: str, connections: int) -> None:
        self.server: str = access.host
        self.origin = origin
        self._access = access
        self._pool = open_pool(access, origin, connections)
        self._pool.ConnectionCls = _with_time_for_handshake(self._pool.ConnectionCls)
        parts = urllib.parse.urlsplit(self.server)
        # A proxy for http takes the whole URL, and no connection through it is the server's own.
        self._is_forwarded = parts.scheme == "http" and access.proxy is not None and not access.proxy.is_socks
        self._prefix = self.server if self._is_forwarded else parts.path.rstrip("/")
        self._host = parts.netloc
        further = dict(self._pool.proxy_headers) if self._is_forwarded and self._pool.proxy_headers else {}
        self._headers = {"Accept": "application/json, */*", "Accept-Encoding": "gzip", "User-Agent": "ansible-aks.dataplane", **further}
        self._lock = threading.Lock()
        self._credentials: Fields = ()
        self._renew_at = 0.0
        # Where a renewal changed nothing, as many threads hear of the same refusal.
        self._renew_refused_at = 0.0

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = READ_SECONDS) -> Answer:
        """Sent once, and again with renewed credentials where the server accepts those of now no longer.

        KubeError when there is no answer: NoAnswer, BrokenConnection, or one that names the trouble with TLS or the network; or no credentials.
        """
        credentials = self._credentials_now()
        answer = self._send(method, path, credentials, body, read_seconds)
        renewed = self._credentials_after(credentials) if answer.status == _UNAUTHORIZED else None
        return answer if renewed is None else self._send(method, path, renewed, body, read_seconds)

    def _send(self, method: str, path: str, credentials: Fields, body: bytes | None, read_seconds: float) -> Answer:
        import urllib3

        # The place that old and new versions have in common; a name may have several values.
        from urllib3._collections import HTTPHeaderDict

        fields = (*self._headers.items(), *credentials)
        if body is not None:
            fields = (*fields, ("Content-Type", "application/json"))
        connection = self._standing_connection()
        if connection is not None:
            return self._exchange(connection, method, path, fields, body, read_seconds)
        headers = HTTPHeaderDict()
        for name, value in fields:
            headers.add(name, value)
        what = f"{method} {path.partition('?')[0]}"
        try:
            answer = self._pool.request(
                method,
                self._prefix + path,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                # Through a proxy for http the server is not whom the connection is with.
                assert_same_host=not self._is_forwarded,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            )
            return Answer(answer.status, answer.data, _seconds(answer.headers.get("Retry-After")))
        except urllib3.exceptions.HTTPError as exc:
            raise self._error(method, path, exc) from exc
        except OSError as exc:
            # Certificate files are opened at the first connection.
            raise self._tls_error(what, exc) from exc
        except (ValueError, http.client.HTTPException) as exc:
            raise BrokenConnection(self.server, what, _reason(exc)) from exc

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        credentials = self._credentials_now()
        target = exec_channel.Target(self.server, self.origin, credentials, self._new_socket)
        try:
            return exec_channel.execute(target, pod, container, command, seconds, at_most=at_most)
        except KubeError as exc:
            renewed = self._credentials_after(credentials) if exc.status == _UNAUTHORIZED else None
            if renewed is None:
                raise
        return exec_channel.execute(dataclasses.replace(target, fields=renewed), pod, container, command, seconds, at_most=at_most)

    def _new_socket(self) -> t.Any:
        """A separate connection, with TLS and through the proxy where there is one; KubeError."""
        from urllib3 import exceptions

        connection = self._pool._new_conn()
        connection.timeout = CONNECT_SECONDS
        try:
            if self._pool.proxy is not None and not self._is_forwarded:
                self._pool._prepare_proxy(connection)
            if connection.sock is None:
                connection.connect()
        except exceptions.HTTPError as exc:
            raise self._error("CONNECT", "", exc) from exc
        except ssl.SSLError as exc:
            raise self._tls_error("CONNECT", exc) from exc
        except (OSError, ValueError, http.client.HTTPException) as exc:
            raise unreachable(self.server, self.origin, _reason(exc)) from exc
        return connection.sock

    def lines(self, at_most: int) -> list[Line]:
        """See C(Transport)."""
        found: list[Line] = []
        while len(found) < at_most:
            connection = self._standing_connection()
            if connection is None:
                break
            found.append(_PodLine(self, connection))
        return found

    def _standing_connection(self) -> t.Any:
        """One that is to be put back; none where urllib3 is to make one, with all that this takes, or has to write the request itself."""
        if not self.server.startswith("https:"):
            return None
        connection = self._pool._get_conn()
        if getattr(connection, "sock", None) is not None:
            return connection
        self._pool._put_conn(connection)
        return None

    def _exchange(self, connection: t.Any, method: str, path: str, fields: Fields, body: bytes | None, read_seconds: float) -> Answer:
        what, reusable = f"{method} {path.partition('?')[0]}", False
        try:
            connection.sock.settimeout(read_seconds)
            received = exchange(connection.sock, self._wire(method, path, fields, body))
            reusable = received.reusable
            return Answer(received.status, received.body, _seconds(received.fields.get("retry-after")))
        except TimeoutError as exc:
            raise NoAnswer(self.server, what, TOO_LONG) from exc
        except (OSError, NotHttp) as exc:
            raise BrokenConnection(self.server, what, _reason(exc)) from exc
        finally:
            if not reusable:
                connection.close()
            self._pool._put_conn(connection)

    def _wire(self, method: str, path: str, fields: Fields, body: bytes | None) -> bytes:
        """The request as it is sent."""
        length = () if body is None else (("Content-Length", str(len(body))),)
        target = urllib.parse.quote(self._prefix + path, safe=_TARGET)
        whole = (("Host", self._host), *fields, *length)
        head = "\r\n".join([f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in whole)])
        return f"{head}\r\n\r\n".encode("latin-1") + (body or b"")

    def _fields_now(self) -> Fields:
        return (*self._headers.items(), *self._credentials_now())

    def _credentials_now(self) -> Fields:
        # Credentials that expire are renewed, which may run a plugin: only one thread does it, and not for each request.
        with self._lock:
            now = time.monotonic()
            if now >= self._renew_at:
                self._credentials = self._access.sign_in.fields()
                self._renew_at = time.monotonic() + CREDENTIALS_SECONDS
            return self._credentials

    def _credentials_after(self, refused: Fields) -> Fields | None:
        """Others than those that the server has refused; none where there are no others. KubeError when they cannot be renewed."""
        with self._lock:
            if self._credentials == refused and time.monotonic() >= self._renew_refused_at:
                self._access.sign_in.refused()
                self._credentials = self._access.sign_in.fields()
                self._renew_at = self._renew_refused_at = time.monotonic() + CREDENTIALS_SECONDS
            return self._credentials if self._credentials != refused else None

    def _error(self, method: str, path: str, exc: Exception) -> KubeError:
        from urllib3 import exceptions

        request = f"{method} {path.partition('?')[0]}"
        if isinstance(exc, exceptions.SSLError):
            return self._tls_error(request, exc)
        if isinstance(exc, (exceptions.NewConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyError)):
            return unreachable(self.server, self.origin, _reason(exc))
        if isinstance(exc, exceptions.TimeoutError):
            return NoAnswer(self.server, request, _reason(exc))
        return BrokenConnection(self.server, request, _reason(exc))

    def _tls_error(self, request: str, exc: Exception) -> KubeError:
        """For what failed before there was TLS."""
        inner = _innermost(exc)
        if is_cut(inner):
            return BrokenConnection(self.server, request, CUT)
        return tls_failure(self.server, self.origin, _reason(exc), transient=not is_lasting(inner))


class _PodLine:
    """A connection of the transport on which pods are asked. What has to be asked again is trouble, as is what only a client understands."""

    def __init__(self, transport: PooledTransport, connection: t.Any) -> None:
        self._transport, self._connection = transport, connection
        self._line = RawLine(connection.sock)
        self._path = ""

    def fileno(self) -> int:
        return self._line.fileno()

    def ask(self, question: Question) -> None:
        self._path = question.path
        try:
            self._line.send(self._transport._wire("GET", question.path, self._transport._fields_now(), None))
        except OSError as exc:
            raise Trouble from exc

    def answer(self) -> tuple[int, str] | None:
        try:
            received = self._line.receive()
        except (OSError, NotHttp) as exc:
            raise Trouble from exc
        if received is None:
            return None
        if received.status in _FOR_CLIENTS:
            raise Trouble(min(_seconds(received.fields.get("retry-after")) or 0.0, LONGEST_PAUSE))
        answer = received.status, Answer(received.status, received.body).text
        if not received.reusable:
            raise Trouble(answer=answer)
        return answer

    def is_late(self) -> KubeError:
        return NoAnswer(self._transport.server, f"GET {self._path}", TOO_LONG)

    def release(self) -> None:
        self._connection.sock.settimeout(READ_SECONDS)
        self._transport._pool._put_conn(self._connection)

    def discard(self) -> None:
        self._connection.close()
        self._transport._pool._put_conn(self._connection)


def _with_time_for_handshake(connection: type[t.Any]) -> type[t.Any]:
    """A connection class of urllib3, for which the time for connecting does not bound the TLS handshake as well.

    A server that is silent in the handshake gave no connection: it, and not what was to be asked through it, does not answer.
    """
    from urllib3 import exceptions

    class PatientConnection(connection):
        def connect(self) -> None:
            try:
                super().connect()
            except TimeoutError as exc:
                raise exceptions.ConnectTimeoutError(self, NO_HANDSHAKE) from exc

        def _new_conn(self) -> t.Any:
            sock = super()._new_conn()
            sock.settimeout(HANDSHAKE_SECONDS)
            return sock

    return PatientConnection


def _seconds(text: str | None) -> float | None:
    """The seconds of a Retry-After; None for a date, which API servers do not send."""
    return float(text[:_DIGITS]) if text and text.isascii() and text.isdigit() else None


def _reason(exc: BaseException) -> str:
    """The innermost reason, without object names and addresses of urllib3's own classes."""
    from urllib3 import exceptions

    if isinstance(exc, exceptions.ConnectTimeoutError) and not isinstance(exc, exceptions.NewConnectionError):
        return NO_HANDSHAKE if NO_HANDSHAKE in exc.args else f"no connection within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(exc, exceptions.ReadTimeoutError):
        return TOO_LONG
    inner = _innermost(exc)
    if isinstance(inner, OSError) and isinstance(inner.strerror, str) and inner.strerror:
        return inner.strerror
    return foreign(inner) or inner.__class__.__name__


def _innermost(exc: BaseException) -> BaseException:
    """Of causes, and of what urllib3 hands over as an argument only."""
    while True:
        inner = exc.__cause__ or next(iter(exc.args), None)
        if not isinstance(inner, BaseException):
            return exc
        exc = inner
