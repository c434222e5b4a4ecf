"""One command in one container, over a WebSocket of the C(kubernetes) client; nothing is sent to the command."""

from __future__ import annotations

import json
import typing as t

from .._observe.kubernetes import Execution, KubeError, NoAnswer
from .errors import BrokenConnection, from_status

_STDOUT, _STDERR, _RESULT = 1, 2, 3


def execute(
    configuration: t.Any, headers: t.Mapping[str, str], origin: str, pod: str, container: str, command: t.Sequence[str], seconds: float
) -> Execution:
    """pod: its path. Raises KubeError when there was no execution: for a refusal, and for no answer in time."""
    import websocket
    from kubernetes.client import ApiException
    from kubernetes.stream.ws_client import websocket_call

    path = f"{pod}/exec"
    query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", part) for part in command)]
    # The only way to bound the time of the connection and its handshake; the value is this program's own.
    websocket.setdefaulttimeout(seconds)
    try:
        # Without the machinery of ApiClient, which is replaced for the time of such a call, and so serves one thread only.
        stream = websocket_call(
            configuration, "GET", configuration.host.rstrip("/") + path, query_params=query, headers=dict(headers), _preload_content=False
        )
    except ApiException as exc:
        raise _refusal(configuration.host, origin, path, exc) from exc
    try:
        stream.run_forever(timeout=seconds)
        if stream.is_open():
            raise NoAnswer(configuration.host, f"GET {path}", "the command took too long")
        return Execution(stream.read_channel(_STDOUT), stream.read_channel(_STDERR), _error(stream.read_channel(_RESULT)))
    except (websocket.WebSocketException, OSError) as exc:
        raise BrokenConnection(configuration.host, f"GET {path}", " ".join(str(exc).split()) or exc.__class__.__name__) from exc
    finally:
        stream.close()


def _error(result: str) -> str:
    """The words for the failure in the result, a C(Status) object. Without a result the connection broke before the command's end."""
    try:
        status = json.loads(result)
    except ValueError:
        return "the connection ended before the command did"
    if status.get("status") == "Success":
        return ""
    return str(status.get("message") or "the command failed")


def _refusal(server: str, origin: str, path: str, exc: Exception) -> KubeError:
    """The error for a connection that did not become a WebSocket; what the server answered is in the exception that it replaced."""
    cause = exc.__context__
    status = getattr(cause, "status_code", None)
    if not isinstance(status, int):
        return NoAnswer(server, f"GET {path}", " ".join(str(cause or exc).split())[:300])
    body = getattr(cause, "resp_body", None)
    return from_status(server, origin, "GET", path, status, body.decode("utf-8", "replace") if isinstance(body, bytes) else "")
