# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime: imported at its first use, since it alone costs more than the rest of the daemon, and kept silent."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def onnx_runtime() -> Any:
    """Return the module `onnxruntime` with its telemetry off; import it nowhere else.

    The package's `__init__` has said so to the environment. Windows' builds that record by the system's own event
    tracing do not look there, and are told here.
    """
    import onnxruntime  # noqa: PLC0415

    onnxruntime.disable_telemetry_events()
    return onnxruntime
