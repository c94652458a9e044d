# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime sessions: how they are made, run, and ended from another thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from maskwright_shared.errors import Cancelled, ModelError

from .load_reasons import reason_of
from .runtime import onnx_runtime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SessionSettings:
    """How sessions run: threads inside an operator (0: ONNX Runtime's choice), and the wanted providers.

    In the folder `prepared` decoders that were cut in two are kept; None leaves them uncut.
    """

    threads: int = 0
    providers: tuple[str, ...] = ("CPUExecutionProvider",)
    prepared: Path | None = None


@dataclass(frozen=True)
class TensorInfo:
    """A session's input or output as the graph declares it; outputs often carry wrong shapes."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]


class RunOptions:
    """One run that another thread may end; used for one request, and not again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._options: Any = None
        self._terminated = False
        self.gives_back = False
        """Whether the run's memory goes back to the system; costs a few milliseconds, for runs that need much."""

    @property
    def terminated(self) -> bool:
        """Whether `terminate` was called."""
        return self._terminated

    def terminate(self) -> None:
        """End the run within one node of its graph; one that has not begun does not begin."""
        with self._lock:
            self._terminated = True
            if self._options is not None:
                self._options.terminate = True

    def _begin(self, *, arena: bool) -> Any:
        """Return fresh options of ONNX Runtime for one `session.run`; without `arena` all memory goes back anyway."""
        with self._lock:
            if self._terminated:
                raise _cancelled()
            self._options = onnx_runtime().RunOptions()
            if self.gives_back and arena:
                self._options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
            self._options.log_severity_level = 4  # a run that was ended is no error worth a line on stderr
            return self._options


class Session:
    """One graph, ready to run.

    Raises:
        ModelError: `model.broken` when ONNX Runtime cannot load the file.
    """

    def __init__(
        self, path: Path, settings: SessionSettings, *, arena: bool, graph: bytes | None = None
    ) -> None:
        """Load `path`, or the graph that was made of it.

        Without the arena memory is given back after each run, at some cost for small graphs.
        """
        self.path = path
        self._arena = arena
        self._session = _open(path, settings, graph, arena=arena)
        self.inputs = tuple(_info(value) for value in self._session.get_inputs())
        self.outputs = tuple(_info(value) for value in self._session.get_outputs())

    @property
    def provider(self) -> str:
        """The execution provider that really runs the graph."""
        providers: list[str] = self._session.get_providers()
        return providers[0]

    def run(
        self,
        feed: Mapping[str, Array],
        options: RunOptions | None = None,
        wanted: Sequence[str] | None = None,
    ) -> dict[str, Array]:
        """Return the wanted outputs by their names, every one when None.

        One that nobody reads still costs: a decoder's masks of 1024 x 1024 are 12 MB of fresh memory at each click.

        Raises:
            Cancelled: `request.cancelled` when another thread ended the run.
            ModelError: `model.broken` when the graph fails.
        """
        options = options or RunOptions()
        names = [info.name for info in self.outputs] if wanted is None else list(wanted)
        native = options._begin(arena=self._arena)  # noqa: SLF001 - the two classes are one thing
        try:
            values = self._session.run(names, self._as_declared(feed), native)
        except native_errors() as error:
            if options.terminated:
                raise _cancelled() from error
            why = reason_of(str(error), onnx_runtime().__version__) or "install the model again"
            sentence = f"The model's {self.path.name} fails when it runs: {why}."
            raise ModelError("model.broken", sentence, str(error)) from error
        return {name: _as_float32(np.asarray(value)) for name, value in zip(names, values, strict=True)}

    def _as_declared(self, feed: Mapping[str, Array]) -> dict[str, Array]:
        """Return the values in the dtypes that the graph declares: exports in fp16 or of other integers want theirs."""
        dtypes = {info.name: info.dtype for info in self.inputs}
        return {name: value.astype(dtypes.get(name, value.dtype), copy=False) for name, value in feed.items()}


def _cancelled() -> Cancelled:
    return Cancelled("request.cancelled", "The work was withdrawn before it was done.")


def _open(path: Path, settings: SessionSettings, graph: bytes | None, *, arena: bool) -> Any:
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = settings.threads
    options.enable_cpu_mem_arena = arena
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if "DmlExecutionProvider" in settings.providers:  # its documentation asks for both
        options.enable_mem_pattern = False
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    if not path.is_file():
        raise ModelError("model.broken", f"The model's file {path} is missing: install the model again.")
    refusals: tuple[type[Exception], ...] = (*native_errors(), ValueError)
    try:
        return onnxruntime.InferenceSession(graph or str(path), options, providers=list(settings.providers))
    except refusals as error:
        why = reason_of(str(error), onnxruntime.__version__) or "install the model again"
        sentence = f"ONNX Runtime cannot load {path}: {why}."
        raise ModelError("model.broken", sentence, str(error)) from error


def native_errors() -> tuple[type[Exception], ...]:
    """Return ONNX Runtime's own exceptions, which have no common base but Exception."""
    native = onnx_runtime().capi.onnxruntime_pybind11_state
    names = ("Fail", "InvalidArgument", "NoSuchFile", "NoModel", "EngineError", "RuntimeException", "InvalidProtobuf",
             "ModelLoaded", "NotImplemented", "InvalidGraph", "EPFail")  # fmt: skip
    return (RuntimeError, *(getattr(native, name) for name in names if hasattr(native, name)))


def _as_float32(value: Array) -> Array:
    """Return floats of any width as float32, in which everything after a graph is computed."""
    return value.astype(np.float32) if value.dtype in (np.float16, np.float64) else value


_DTYPES = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64", "tensor(uint8)": "uint8",
    "tensor(int32)": "int32", "tensor(int64)": "int64",
}  # fmt: skip


def _info(value: Any) -> TensorInfo:
    return TensorInfo(value.name, _DTYPES.get(value.type, value.type), tuple(value.shape))
