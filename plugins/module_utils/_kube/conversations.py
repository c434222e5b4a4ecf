"""Conversations with the pods of a large cluster. One thread serves many connections: as many threads would spend most of the time on taking turns.

What goes smoothly goes on here. A conversation in any trouble goes on in a separate thread with ordinary requests, which know what to do about it, and
that thread then holds further ones in the place of the connection.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import functools
import selectors
import threading
import typing as t

from .._observe.kubernetes import Conversation, KubeError, Question

T = t.TypeVar("T")
R = t.TypeVar("R")
Text = tuple[int, str]
# Sends an answer to a conversation, or throws a failure, and gets the next question; StopIteration with the value of the conversation.
GoOn = t.Callable[[], Question]

# A thread may fail while nothing arrives here.
_LOOK_SECONDS = 0.5


class Ask(t.Protocol):
    """C(Kubernetes.text)."""

    def __call__(self, path: str, *, read_seconds: float) -> Text:
        """Status and body; KubeError."""


class Trouble(Exception):
    """A line is of no more use.

    answer: the last one that came. failure: that of the question. Without either it is asked again, after so many seconds.
    """

    def __init__(self, wait: float = 0.0, answer: Text | None = None, failure: KubeError | None = None) -> None:
        super().__init__()
        self.wait, self.answer, self.failure = wait, answer, failure


class Line(t.Protocol):
    """A connection with nothing on its way; nothing here waits. After Trouble only C(discard) may follow."""

    def fileno(self) -> int:
        """For a selector."""

    def ask(self, question: Question) -> None:
        """Send it; Trouble."""

    def answer(self) -> Text | None:
        """None while it is not whole; Trouble."""

    def is_late(self) -> KubeError:
        """The failure of a question whose time is up."""

    def release(self) -> None:
        """For others to use."""

    def discard(self) -> None:
        """Close the connection."""


def drive(conversation: Conversation[R], ask: Ask, go_on: GoOn | None = None) -> R:
    """To its end, with ordinary requests; its value. go_on: how it goes on, where it has begun."""
    go_on = go_on or (lambda: next(conversation))
    try:
        while True:
            go_on = _asked(conversation, go_on(), ask)
    except StopIteration as end:
        return t.cast(R, end.value)


def _asked(conversation: Conversation[R], question: Question, ask: Ask) -> GoOn:
    try:
        answer = ask(question.path, read_seconds=question.read_seconds)
    except KubeError as exc:
        failure = exc
        return lambda: conversation.throw(failure)
    return lambda: conversation.send(answer)


# Before the first question.
NOTHING = Question("", 0.0)


@dataclasses.dataclass
class _Talk(t.Generic[R]):
    """What is said on a line now. until: when the answer to the question is late, by the clock."""

    number: int
    conversation: Conversation[R]
    question: Question = NOTHING
    until: float = 0.0


class Conversations(t.Generic[T, R]):
    """begin: a conversation for an item. ask, sleep: of the threads. clock: in seconds."""

    def __init__(
        self,
        begin: t.Callable[[T], Conversation[R]],
        items: t.Iterable[T],
        ask: Ask,
        sleep: t.Callable[[float], None],
        clock: t.Callable[[], float],
    ) -> None:
        self._begin, self._ask, self._sleep, self._clock = begin, ask, sleep, clock
        # These two are the threads' too; each operation on them is whole by itself.
        self._waiting = collections.deque(enumerate(items))
        self._values: dict[int, R] = {}
        self._failed = threading.Event()
        self._talks: dict[Line, _Talk[R]] = {}
        self._futures: list[concurrent.futures.Future[None]] = []

    def hold(self, lines: t.Sequence[Line]) -> list[R]:
        """The values in the order of the items. The first KubeError is raised, after which none is begun."""
        with concurrent.futures.ThreadPoolExecutor(len(lines)) as threads, selectors.DefaultSelector() as selector:
            self._threads, self._selector = threads, selector
            try:
                for line in lines:
                    selector.register(line, selectors.EVENT_READ)
                    self._attend(line, functools.partial(self._begin_on, line))
                while self._talks and not self._failed.is_set():
                    self._listen()
            except BaseException:
                self._failed.set()
                raise
            finally:
                for line in self._talks:
                    line.discard()
        for future in self._futures:
            future.result()
        return [value for _number, value in sorted(self._values.items(), key=lambda pair: pair[0])]

    def _listen(self) -> None:
        for ready, _events in self._selector.select(self._patience()):
            line = t.cast(Line, ready.fileobj)
            self._attend(line, functools.partial(self._hear, line))
        now = self._clock()
        for line in [line for line, talk in self._talks.items() if talk.until <= now]:
            self._leave(line, Trouble(failure=line.is_late()))

    def _attend(self, line: Line, step: t.Callable[[], bool]) -> None:
        """step: false where nothing is left to say on the line."""
        try:
            if not step():
                self._selector.unregister(line)
                line.release()
        except Trouble as trouble:
            self._leave(line, trouble)

    def _leave(self, line: Line, trouble: Trouble) -> None:
        self._selector.unregister(line)
        line.discard()
        self._futures.append(self._threads.submit(self._take_over, self._talks.pop(line), trouble))

    def _patience(self) -> float:
        return max(0.0, min(min(talk.until for talk in self._talks.values()) - self._clock(), _LOOK_SECONDS))

    def _begin_on(self, line: Line) -> bool:
        return self._go_on(line, self._begun(line))

    def _hear(self, line: Line) -> bool:
        answer = line.answer()
        if answer is None:
            return True
        conversation, heard = self._talks[line].conversation, answer
        return self._go_on(line, lambda: conversation.send(heard))

    def _begun(self, line: Line) -> GoOn | None:
        """Another one; none where all are begun."""
        self._talks.pop(line, None)
        try:
            number, item = self._waiting.popleft()
        except IndexError:
            return None
        conversation = self._begin(item)
        self._talks[line] = _Talk(number, conversation)
        return lambda: next(conversation)

    def _go_on(self, line: Line, go_on: GoOn | None) -> bool:
        """Until a question is on its way, of this conversation or one after it; false where none is left to ask."""
        while go_on is not None:
            talk = self._talks[line]
            try:
                talk.question = go_on()
            except StopIteration as end:
                self._values[talk.number] = end.value
                go_on = self._begun(line)
            else:
                talk.until = self._clock() + talk.question.read_seconds
                line.ask(talk.question)
                return True
        return False

    def _go_on_after(self, talk: _Talk[R], trouble: Trouble) -> GoOn:
        conversation, answer, failure = talk.conversation, trouble.answer, trouble.failure
        if failure is not None:
            return lambda: conversation.throw(failure)
        if answer is not None:
            return lambda: conversation.send(answer)
        self._sleep(trouble.wait)
        return _asked(conversation, talk.question, self._ask)

    def _take_over(self, talk: _Talk[R], trouble: Trouble) -> None:
        try:
            self._values[talk.number] = drive(talk.conversation, self._ask, self._go_on_after(talk, trouble))
            while self._waiting and not self._failed.is_set():
                try:
                    number, item = self._waiting.popleft()
                except IndexError:
                    return
                self._values[number] = drive(self._begin(item), self._ask)
        except BaseException:
            self._failed.set()
            raise
