# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that takes longer than a message: jobs that can be cancelled, and lanes that run them fairly.

A lane is one thread. Work of each length has lanes of its own, one for each model, so that a click on an image that
is ready waits neither for the seconds that another client's image takes nor for another model that never ends; ONNX
Runtime releases the interpreter's lock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import Cancelled, DaemonError, MaskwrightError

if TYPE_CHECKING:
    from ..models.sessions import RunOptions

Finished = Callable[[Any, BaseException | None], None]
"""Called once by the lane's thread with the result, or with the exception."""


def stopping() -> DaemonError:
    """Return the reason for all that is under way when the daemon ends."""
    return DaemonError("daemon.stopping", "The daemon is stopping: try again.")


class Job:
    """One piece of work for one owner; `work(job)` runs in a lane and its result goes to `finished`."""

    def __init__(self, owner: object, work: Callable[[Job], Any], finished: Finished) -> None:
        self.owner = owner
        self._work = work
        self._finished = finished
        self._lock = threading.Lock()
        self._cancelled: MaskwrightError | None = None
        self._run_options: RunOptions | None = None

    def cancel(self, why: MaskwrightError | None = None) -> None:
        """Stop the job as soon as it can be: at its next `check`, or within one node of a running graph."""
        with self._lock:
            if self._cancelled is None:
                self._cancelled = why or Cancelled("request.cancelled", "The request was withdrawn.")
            if self._run_options is not None:
                self._run_options.terminate()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to stop."""
        return self._cancelled is not None

    def check(self) -> None:
        """Raise what the job was told to stop for, if it was; call it between steps."""
        if self._cancelled is not None:
            raise self._cancelled

    def run_options(self) -> RunOptions:
        """Return fresh run options for one run of a graph in this job; `cancel` ends that run."""
        from ..models.sessions import RunOptions  # noqa: PLC0415 - numpy, which a daemon without work does not load

        with self._lock:
            self.check()
            self._run_options = RunOptions()
            return self._run_options

    def run(self) -> Callable[[], None]:
        """Do the work and return what reports its end; a terminated run ends in what it was told to stop for."""
        try:
            self.check()
            result = self._work(self)
        except BaseException as error:  # noqa: BLE001 - handed on whole to the owner, who answers or logs it
            failure = self._cancelled or error
            return lambda: self._finished(None, failure)
        return lambda: self._finished(result, None)


LINGER_SECONDS = 5.0
"""How long a thread without work waits for more."""

MOST_LANES = 32
"""Beyond so many, those without work are let go, and then shared; a program may ask for models without end."""


class Lane:
    """A thread that runs jobs: the owners take turns, and each owner's jobs keep their order."""

    def __init__(self, name: str) -> None:
        self._waiting: OrderedDict[object, deque[Job]] = OrderedDict()
        self._condition = threading.Condition()
        self._running: Job | None = None
        self._stopped = False
        self._name = name
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Queue a job behind those of its owner."""
        with self._condition:
            self._waiting.setdefault(job.owner, deque()).append(job)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                self._thread.start()
            self._condition.notify()

    def discard(self, job: Job) -> bool:
        """Forget a job that still waits, and return True; one that runs, or has ended, is left to its end."""
        with self._condition:
            jobs = self._waiting.get(job.owner)
            if jobs is None or job not in jobs:
                return False
            jobs.remove(job)
            if not jobs:
                del self._waiting[job.owner]
            return True

    @property
    def load(self) -> int:
        """How many jobs wait or run."""
        with self._condition:
            return sum(len(jobs) for jobs in self._waiting.values()) + (self._running is not None)

    def stop(self) -> None:
        """Cancel what waits and runs, and let the thread end."""
        with self._condition:
            self._stopped = True
            jobs = [job for jobs in self._waiting.values() for job in jobs]
            if self._running is not None:
                jobs.append(self._running)
            for job in jobs:
                job.cancel(stopping())
            self._condition.notify()

    def _loop(self) -> None:
        while (job := self._next()) is not None:
            report = job.run()
            with self._condition:
                self._running = None  # before the owner hears of it, who may ask how much is left to do
            report()
            del job, report  # a result is large, and the next job may be hours away

    def _next(self) -> Job | None:
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._stopped, LINGER_SECONDS)
            if not self._waiting:
                self._thread = None  # the next job starts another one
                return None
            owner, jobs = next(iter(self._waiting.items()))
            self._running = jobs.popleft()
            if jobs:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            return self._running


class Lanes:
    """Lanes for one kind of work, one for each key (as a model's name is); the loop's thread alone submits."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lanes: dict[str, Lane] = {}

    def submit(self, key: str, job: Job) -> Lane:
        """Queue a job in its key's lane; return the lane."""
        lane = self._lane(key)
        lane.submit(job)
        return lane

    def _lane(self, key: str) -> Lane:
        if key not in self._lanes:
            if len(self._lanes) >= MOST_LANES:
                self._let_go()
            if len(self._lanes) >= MOST_LANES:
                return min(self._lanes.values(), key=lambda lane: lane.load)
            self._lanes[key] = Lane(f"{self._name} {key}")
        return self._lanes[key]

    def _let_go(self) -> None:
        """End the threads that have nothing to do."""
        for key, lane in list(self._lanes.items()):
            if not lane.load:
                lane.stop()
                del self._lanes[key]

    @property
    def load(self) -> int:
        """How many jobs wait or run."""
        return sum(lane.load for lane in self._lanes.values())

    def stop(self) -> None:
        """Cancel what waits and runs."""
        for lane in self._lanes.values():
            lane.stop()
