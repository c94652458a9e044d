# SPDX-License-Identifier: GPL-3.0-or-later
"""Image encodings under way: each is done once however many requests wait for it, and ends when none does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import MaskwrightError
from maskwright_shared.messages import Progress

from ..engine.jobs import Job, Lane, Lanes
from ..imaging.look import Look
from ..imaging.stored import StoredImage
from .clients import Withdraw
from .images import ImageStore

if TYPE_CHECKING:
    from ..engine.holder import EngineHolder
    from .loop import Loop

PROGRESS_SECONDS = 0.1

Answer = Callable[[Any, BaseException | None], None]
Show = Callable[[Progress], None]


@dataclass(eq=False)
class Waiter:
    """A request that waits: how it is answered, and how it is told of progress."""

    answer: Answer
    show: Show


@dataclass(eq=False)
class Encoding:
    """One encoding: its job, its waiters, and since when and for how long it is expected to run."""

    waiters: list[Waiter] = field(default_factory=list)
    job: Job | None = None
    lane: Lane | None = None
    image: StoredImage | None = None
    stage: str = "waiting"
    started: float = 0.0
    expected: float | None = None

    def progress(self) -> Progress:
        """Return how far it is: an estimate from the time earlier ones took."""
        if self.stage != "encoding" or not self.expected:
            return Progress(self.stage)
        return Progress(self.stage, min(0.99, (time.monotonic() - self.started) / self.expected))


class Encodings:
    """The encodings under way, by image and model."""

    def __init__(self, loop: Loop, store: ImageStore, engines: EngineHolder, lanes: Lanes) -> None:
        self._loop = loop
        self._store = store
        self._engines = engines
        self._lanes = lanes
        self._running: dict[tuple[str, str], Encoding] = {}

    def join(self, owner: object, look: Look, model: str, waiter: Waiter) -> Withdraw:
        """Have the waiter answered when the embedding is there; return what withdraws it."""
        key = (look.name, model)
        encoding = self._running.get(key)
        if encoding is None:
            encoding = self._running[key] = self._start(owner, look, model)
        encoding.waiters.append(waiter)
        return lambda why: self._withdraw(key, encoding, waiter, why)

    @property
    def count(self) -> int:
        """How many are under way."""
        return len(self._running)

    def _start(self, owner: object, look: Look, model: str) -> Encoding:
        key, image = (look.name, model), look.image
        encoding = Encoding(image=image)
        self._store.hold(image)

        def work(job: Job) -> Any:
            engine = self._engines.get()
            self._enter(encoding, "loading")
            engine.load(model, job)
            self._enter(encoding, "encoding", engine.expected_seconds(model))
            return engine.encode(job, look, model)

        def finished(result: Any, error: BaseException | None) -> None:
            self._loop.post(lambda: self._finish(key, encoding, image, result, error))

        encoding.job = Job(owner, work, finished)
        encoding.lane = self._lanes.submit(model, encoding.job)
        self._loop.after(PROGRESS_SECONDS, lambda: self._tell(key, encoding))
        return encoding

    def _enter(self, encoding: Encoding, stage: str, expected: float | None = None) -> None:
        def enter() -> None:
            encoding.stage, encoding.started, encoding.expected = stage, time.monotonic(), expected

        self._loop.post(enter)

    def _tell(self, key: tuple[str, str], encoding: Encoding) -> None:
        if self._running.get(key) is not encoding:
            return
        for waiter in list(encoding.waiters):
            waiter.show(encoding.progress())
        self._loop.after(PROGRESS_SECONDS, lambda: self._tell(key, encoding))

    def _finish(
        self,
        key: tuple[str, str],
        encoding: Encoding,
        image: StoredImage,
        result: Any,
        error: BaseException | None,
    ) -> None:
        self._store.release(image)
        if self._running.get(key) is encoding:
            del self._running[key]
        for waiter in list(encoding.waiters):
            _guarded(waiter, result, error)

    def _withdraw(
        self, key: tuple[str, str], encoding: Encoding, waiter: Waiter, why: MaskwrightError
    ) -> None:
        if waiter not in encoding.waiters:
            return
        encoding.waiters.remove(waiter)
        waiter.answer(None, why)
        if not encoding.waiters and encoding.job is not None:
            self._end(encoding)
            if self._running.get(key) is encoding:
                del self._running[key]  # a later request starts a new one, it must not join a dying one

    def _end(self, encoding: Encoding) -> None:
        """Have work that nobody waits for end as soon as it can, at once when it has not begun."""
        assert encoding.job is not None  # noqa: S101 - it was started
        assert encoding.lane is not None  # noqa: S101
        encoding.job.cancel()
        if encoding.lane.discard(encoding.job) and encoding.image is not None:
            self._store.release(encoding.image)


def _guarded(waiter: Waiter, result: Any, error: BaseException | None) -> None:
    """Answer one of several who wait; what goes wrong with it answers it again, and keeps nobody from theirs."""
    try:
        waiter.answer(result, error)
    except Exception as mistake:  # noqa: BLE001 - answered and logged
        waiter.answer(None, mistake)
