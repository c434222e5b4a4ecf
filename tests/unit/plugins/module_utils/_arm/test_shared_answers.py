# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Between real forks; what they share has no name anywhere."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import signal
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm import shared_answers
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.shared_answers import SharedAnswers

from tests.support.forks import CONTEXT, in_fork, in_forks

PARTS = {"client_id": "c", "proof": "s3cret"}


@pytest.fixture(params=["memory", "temporary file"])
def answers(request: pytest.FixtureRequest, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[SharedAnswers]:
    monkeypatch.setattr(shared_answers._Run, "answers", None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if request.param == "temporary file":
        monkeypatch.delattr(os, "memfd_create")
    shared_answers.open_shared()
    opened = shared_answers.shared()
    assert opened is not None
    yield opened
    with contextlib.suppress(OSError):
        os.close(opened._descriptor)


def noted(calls: pathlib.Path, value: t.Any = "answer", seconds: float = 60.0) -> t.Callable[[], tuple[t.Any, float]]:
    """To ask takes a moment, and is noted."""

    def ask() -> tuple[t.Any, float]:
        with calls.open("a") as file:
            file.write("asked\n")
        time.sleep(0.05)
        return value, seconds

    return ask


def failing(calls: pathlib.Path) -> t.Callable[[], tuple[t.Any, float]]:
    def ask() -> t.NoReturn:
        noted(calls)()
        raise ArmError("It failed.", code="Broken")

    return ask


def count(calls: pathlib.Path) -> int:
    return len(calls.read_text().splitlines())


def test_one_asks_for_all(answers: SharedAnswers, tmp_path: pathlib.Path) -> None:
    calls, key = tmp_path / "calls", answers.key("token", PARTS)
    assert in_forks([lambda: answers.once(key, noted(calls))] * 10) == ["answer"] * 10
    assert in_fork(lambda: answers.once(key, noted(calls))) == "answer"
    assert count(calls) == 1


def test_a_failure_is_for_those_who_waited_and_for_later_ones_as_long_as_it_lasts(answers: SharedAnswers, tmp_path: pathlib.Path) -> None:
    calls, key = tmp_path / "calls", answers.key("token", PARTS)

    def ask_at(moment: float, lasts: float) -> t.Callable[[], t.Any]:
        def work() -> t.Any:
            answers._clock = lambda: moment
            return answers.once(key, failing(calls), lambda exc: lasts)

        return work

    # All of them ask at one moment, at which the first one's attempt ends, too.
    assert in_forks([ask_at(100, lasts=0)] * 5) == ["ArmError: It failed."] * 5
    assert count(calls) == 1
    assert in_fork(ask_at(101, lasts=60)) == "ArmError: It failed."
    assert count(calls) == 2
    assert in_fork(ask_at(160, lasts=60)) == "ArmError: It failed."
    assert count(calls) == 2
    assert in_fork(ask_at(161, lasts=60)) == "ArmError: It failed."
    assert count(calls) == 3


def test_questions_do_not_wait_for_each_other(answers: SharedAnswers) -> None:
    one, other = answers.key("token", PARTS), answers.key("token", {**PARTS, "proof": "another"})
    with answers.turn(one):
        assert in_fork(lambda: answers.once(other, lambda: ("other", 60.0))) == "other"


def test_an_answer_may_need_another_one(answers: SharedAnswers) -> None:
    inner, outer = answers.key("document", {}), answers.key("token", {})
    assert in_fork(lambda: answers.once(outer, lambda: (answers.once(inner, lambda: ("inner", 60.0)), 60.0))) == "inner"
    assert in_fork(lambda: answers.once(inner, lambda: ("again", 60.0))) == "inner"


def test_a_killed_holder_blocks_nobody(answers: SharedAnswers) -> None:
    key = answers.key("token", PARTS)
    ready, reported = os.pipe()

    def hang() -> tuple[t.Any, float]:
        os.write(reported, b".")
        time.sleep(600)
        return "never", 60.0

    holder = CONTEXT.Process(target=lambda: answers.once(key, hang), daemon=True)
    holder.start()
    os.read(ready, 1)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(timeout=60)
    assert in_fork(lambda: answers.once(key, lambda: ("answer", 60.0))) == "answer"


def test_a_writer_that_was_killed_leaves_nothing_that_is_believed(answers: SharedAnswers) -> None:
    key = answers.key("token", PARTS)
    in_fork(lambda: answers.once(key, lambda: ("answer", 60.0)))
    os.ftruncate(answers._descriptor, os.fstat(answers._descriptor).st_size - 5)
    assert in_fork(lambda: answers.once(key, lambda: ("anew", 60.0))) == "anew"
    assert in_fork(lambda: answers.once(key, lambda: ("not asked", 60.0))) == "anew"


def test_a_killed_process_leaves_no_file_with_a_token(answers: SharedAnswers, tmp_path: pathlib.Path) -> None:
    def work() -> t.NoReturn:
        answers.once(answers.key("token", PARTS), lambda: ({"token": "t0ken-value"}, 60.0))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    process = CONTEXT.Process(target=work, daemon=True)
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert b"t0ken-value" in os.pread(answers._descriptor, 10_000, 0)
    assert os.readlink(f"/proc/self/fd/{answers._descriptor}").endswith("(deleted)")
    assert os.fstat(answers._descriptor).st_nlink == 0
    assert list(tmp_path.iterdir()) == []


def test_programs_that_are_started_do_not_inherit_it(answers: SharedAnswers) -> None:
    assert os.get_inheritable(answers._descriptor) is False


def test_the_secret_is_not_in_the_file(answers: SharedAnswers) -> None:
    key = answers.key("token", PARTS)
    answers.once(key, lambda: ({"token": "t"}, 60.0))
    assert b"s3cret" not in os.pread(answers._descriptor, 10_000, 0)
    # Nor can it be guessed by trying: every run has keys of its own.
    assert SharedAnswers(answers._descriptor).key("token", PARTS) != key


def ask_itself(answers: SharedAnswers, key: str) -> t.Any:
    return answers.once(key, lambda: (key, 60.0))


def test_a_forgotten_answer_is_asked_for_anew(answers: SharedAnswers) -> None:
    first, second = answers.key("token", {"scope": 1}), answers.key("token", {"scope": 2})
    for key in (first, second):
        in_fork(functools.partial(ask_itself, answers, key))
    in_fork(lambda: answers.forget(lambda _key, value: value == first))
    assert in_fork(lambda: answers.once(first, lambda: ("anew", 60.0))) == "anew"
    assert in_fork(lambda: answers.once(second, lambda: ("anew", 60.0))) == second


def test_when_the_descriptor_became_another_file_nothing_is_written_there(answers: SharedAnswers, tmp_path: pathlib.Path) -> None:
    """As by a program that closes all that it does not know, and then opens a file of its own."""
    path = tmp_path / "another"
    path.write_text("content")
    descriptor = os.open(path, os.O_RDWR)
    os.dup2(descriptor, answers._descriptor)
    os.close(descriptor)
    assert answers.once(answers.key("token", PARTS), lambda: ("answer", 60.0)) == "answer"
    assert path.read_text() == "content"


def test_a_closed_descriptor_means_that_each_asks(answers: SharedAnswers, tmp_path: pathlib.Path) -> None:
    calls = tmp_path / "calls"
    os.close(answers._descriptor)
    for _time in range(2):
        assert answers.once(answers.key("token", PARTS), noted(calls)) == "answer"
    assert count(calls) == 2


def test_a_second_opening_does_nothing(answers: SharedAnswers) -> None:
    shared_answers.open_shared()
    assert shared_answers.shared() is answers

    def open_again() -> bool:
        shared_answers.open_shared()
        return shared_answers.shared() is answers

    assert in_fork(open_again) is True


def test_where_there_is_no_file_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: t.Any) -> t.NoReturn:
        raise OSError(38, "not here")

    monkeypatch.setattr(shared_answers._Run, "answers", None)
    monkeypatch.setattr(os, "memfd_create", refuse)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    shared_answers.open_shared()
    assert shared_answers.shared() is None
