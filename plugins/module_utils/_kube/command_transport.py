"""An API server that cannot be reached, asked by a command that somebody runs in the cluster: what C(PooledTransport) does, as far as it is reading."""

from __future__ import annotations

import dataclasses
import threading
import time
import typing as t

from .._observe.kubernetes import TOO_LARGE, Execution, KubeError, NoAnswer
from .command_script import Garbled, PerPod, Said, read_output, refusal, script
from .conversations import Line
from .errors import COMMAND, unreachable
from .given import Given
from .transport import READ_SECONDS, Answer

# For so long answers of one command are those of one look.
KEPT_SECONDS = 5.0

# Runs a command in the cluster, and returns its output; DataplaneError.
Run = t.Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Foresight:
    """What a look is going to ask, so that one command is enough. targets: paths with queries."""

    targets: tuple[str, ...] = ()
    pods: PerPod | None = None


class CommandTransport:
    """server: of the messages. What several threads ask at the same time is one command. clock: seconds."""

    def __init__(self, server: str, run: Run, foresight: Foresight, given: Given, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.server = server
        self.origin = COMMAND
        self._run, self._foresight, self._given, self._clock = run, foresight, given, clock
        self._asking, self._adding = threading.Lock(), threading.Lock()
        self._wanted: set[str] = set()
        self._known: dict[str, Said] = {}
        self._until = 0.0

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = READ_SECONDS) -> Answer:
        """See C(Transport). Only GET. DataplaneError of whoever runs the command."""
        if method != "GET":
            raise self._not_by_command(f"{method} {path.partition('?')[0]}")
        with self._adding:
            self._wanted.add(path)
        with self._asking:
            said = self._kept(path)
            if said is None:
                self._ask()
                said = self._known.get(path, Said())
            with self._adding:
                self._wanted.discard(path)
        return self._answer(path, said)

    def lines(self, at_most: int) -> t.Sequence[Line]:
        """None."""
        return ()

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        """Refused."""
        raise self._not_by_command("a command in a pod")

    def _kept(self, path: str) -> Said | None:
        if self._clock() > self._until:
            self._known = {}
        return self._known.get(path)

    def _ask(self) -> None:
        foresight = Foresight() if self._known else self._foresight
        with self._adding:
            targets = sorted({*foresight.targets, *self._wanted})
        logs = self._run(script(targets, foresight.pods, self._given.user, self._given.groups))
        try:
            self._known = {**self._known, **read_output(logs)}
        except Garbled as exc:
            raise NoAnswer(self.server, "the look", str(exc)) from exc
        self._until = self._clock() + KEPT_SECONDS

    def _answer(self, path: str, said: Said) -> Answer:
        if said.large:
            raise KubeError(
                f"The answer of the Kubernetes API server {self.server} to GET {path.partition('?')[0]} is too large for AKS's run command, whose output "
                "is limited to 512 kB.",
                remedy=(
                    "Run where the API server can be reached, with kubernetes_via (aks_dataplane_kubernetes_via) at direct. The output is enough for about "
                    "400 nodes."
                ),
                code=TOO_LARGE,
            )
        if not said.error:
            return Answer(200, said.body)
        refused = refusal(path, said.error)
        if refused is not None:
            return Answer(*refused)
        if "timeout" in said.error.lower() or "deadline" in said.error.lower():
            raise NoAnswer(self.server, f"GET {path.partition('?')[0]}", "the answer took too long")
        raise unreachable(self.server, self.origin, said.error.strip().rstrip(".")[:300] or "kubectl printed nothing")

    def _not_by_command(self, what: str) -> KubeError:
        return KubeError(
            f"The Kubernetes API server {self.server} can only be read, and {what} is more than that.",
            remedy="Set kubernetes_via (aks_dataplane_kubernetes_via) to direct, and run where the API server can be reached.",
            code="NotByCommand",
        )
