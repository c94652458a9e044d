# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of computer this is, as far as it bears on the choice of a model or a graphics card."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

from ..models.runtime import onnx_runtime

NVIDIA = Path("/proc/driver/nvidia/gpus")
_X86 = ("x86_64", "amd64")

PACKAGES = {
    "cuda": ("onnxruntime-gpu", ("linux", "win32")),
    "directml": ("onnxruntime-directml", ("win32",)),
    "openvino": ("onnxruntime-openvino", ("linux", "win32")),
}
"""The package of ONNX Runtime for a provider, and the systems for which its wheels are published, x86-64 all of
them; that of CoreML is in the macOS package already."""


def facts() -> dict[str, Any]:
    """Return memory in MB (None where the system does not say), processors, graphics cards, and the runtime."""
    return {
        "memory_mb": _memory_mb(),
        "processors": os.cpu_count() or 1,
        "graphics": _graphics(),
        "onnxruntime": str(onnx_runtime().__version__),
    }


def package_for(provider: str, system: str = sys.platform, machine: str = "") -> str:
    """Return the package that brings a provider on this machine, empty where no wheel is published for it."""
    package, systems = PACKAGES.get(provider, ("", ()))
    fits = system in systems and (machine or platform.machine()).lower() in _X86
    return package if fits else ""


def _memory_mb() -> int | None:
    if sys.platform == "win32":
        return _windows_memory_mb()
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6)
    except (OSError, ValueError):
        return None


def _windows_memory_mb() -> int | None:
    import ctypes  # noqa: PLC0415 - for this system alone

    kilobytes = ctypes.c_ulonglong()
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - elsewhere it is not there, and mypy says so
    told = kernel.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return round(kilobytes.value * 1024 / 1e6) if told else None


def _graphics(folder: Path = NVIDIA) -> list[str]:
    """Return the names of the cards that the NVIDIA driver tells of; other drivers keep theirs in no plain file."""
    found = []
    for path in sorted(folder.glob("*/information")):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        found += [line.partition(":")[2].strip() for line in lines if line.startswith("Model:")]
    return found
