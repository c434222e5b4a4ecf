"""Whether the node can still open connections to the API server, as its kubelet has to."""

from __future__ import annotations

import os
import socket
import typing as t

from .._common.errors import DataplaneError

# Seconds for one connection.
_TIMEOUT = 3.0
# Any server answers it or ends the connection, one that wants TLS, too. No secret is needed, and none is there.
_GREETING = b"GET /healthz HTTP/1.0\r\n\r\n"
# What came back: nothing; the end of the connection, which a rule of this node could have sent as well; an answer.
NOTHING, RESET, ANSWER = range(3)


class Uplink:
    """New connections to the API server, each from another port."""

    def __init__(self, environment: t.Mapping[str, str]) -> None:
        """environment: as Kubernetes makes it for each container."""
        self._host, self._port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "")
        # As it was before the change; unknown after a restart.
        self._before = RESET

    @property
    def address(self) -> str:
        """For messages."""
        return f"{self._host}:{self._port}"

    def require(self) -> None:
        """Before a change: without a connection now, none later would mean nothing. DataplaneError."""
        self._before = self.reply()
        if self._before == NOTHING:
            raise DataplaneError(
                f"No new connection to the API server ({self.address}) succeeds, so a change that locks the node out would not be noticed.",
                remedy="Nothing was changed; the keeper tries again by itself. To apply rules without this safeguard, set lockout_timeout to 0.",
                code="NoUplink",
            )

    def is_there(self) -> bool:
        """After a change: whether it is as good as before."""
        return self.reply() >= self._before

    def reply(self) -> int:
        """NOTHING, RESET or ANSWER."""
        try:
            with socket.create_connection((self._host, int(self._port or 0)), _TIMEOUT) as link:
                link.settimeout(_TIMEOUT)
                link.sendall(_GREETING)
                link.recv(1)
                return ANSWER
        except (ConnectionResetError, BrokenPipeError):
            return RESET
        except (OSError, ValueError, OverflowError):
            return NOTHING


def limit_name_lookups() -> None:
    """Where the API server has a name, a lookup that is cut off must not outlast the time in which a change is undone. Before the first one."""
    os.environ["RES_OPTIONS"] = "timeout:2 attempts:1"
