"""The loop around work that is written as steps: waits between them, and ends the module. The only place that asks the clock and sleeps."""

from __future__ import annotations

import time
import typing as t

from .._common.errors import DataplaneError
from .._common.stepping import Advance, Phases, State, Step, Turn, pause_before_next, with_phases

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def take_steps(
    advance: Advance,
    state: State,
    *,
    timeout: float,
    poll_interval: float,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> t.Iterator[Step]:
    """Each step, with pauses between, until the work is done or the time is up; one at least."""
    began = clock()
    while True:
        step = advance(state)
        yield step
        left = timeout - (clock() - began)
        if step.done or left <= 0:
            return
        sleep(pause_before_next(step, poll_interval, left))
        state = step.state


def wait_for(
    advance: Advance,
    *,
    timeout: float,
    poll_interval: float,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> dict[str, t.Any]:
    """Look again and again until the work is done or the time is up; the last result, with phases."""
    phases = Phases(clock())
    try:
        for step in take_steps(advance, {}, timeout=timeout, poll_interval=poll_interval, clock=clock, sleep=sleep):
            phases.see(step.phase, clock())
        error = step.timeout_error(phases.elapsed(clock()))
        if error is not None:
            raise error
    except DataplaneError as exc:
        exc.result = with_phases(exc.result, phases.to_list(clock()))
        raise
    return with_phases(step.result, phases.to_list(clock()))


def look_for_news(
    advance: Advance,
    turn: Turn,
    *,
    poll_interval: float,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], None] = time.sleep,
) -> Step:
    """Look until the work is done or something else is seen than the action plugin knows, for as long as it allows; once at least."""
    for step in take_steps(advance, turn.state, timeout=turn.quiet, poll_interval=poll_interval, clock=clock, sleep=sleep):
        if (step.phase, step.detail) != turn.seen:
            break
    return step


def exit_stepwise(module: AnsibleModule, advance: Advance) -> None:
    """End the module by its waiting options: only the first step, those up to the next news for the action plugin, or all of them.

    Needs the options of C(wait_arguments). The hidden option C(wait_step) holds a C(Turn); its presence means that the action plugin does the
    waiting. Then the result has C(progress), from which the action plugin goes on; without it the module has ended.
    """
    params = module.params
    if not params["wait"] or module.check_mode:
        module.exit_json(**advance({}).result)
    times = {"timeout": params["wait_timeout"], "poll_interval": params["poll_interval"]}
    if params["wait_step"] is None:
        module.exit_json(**wait_for(advance, **times))
    step = look_for_news(advance, Turn.decode(params["wait_step"]), poll_interval=times["poll_interval"])
    module.exit_json(**step.result, progress={"step": step.to_progress(), **times})
