# SPDX-License-Identifier: GPL-3.0-or-later
"""What is slow to make for tests in real editors, made before them: no test's time limit has to bear it.

The tests do this by themselves when they are about to start. `python -m tests.hosts.prepare` does it for all kinds.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable

from tests.hosts import roots
from tests.hosts.krita.harness import Machine, is_warm, warmed_profile

RELEASES = {
    "trixie": ("trixie", "3.0", "5.2"),
    "forky": ("forky", "3.2", "5.3"),
}
"""The words in a test's parameters that stand for a release."""
KRITA_TOOLS = ("Xvfb", "xdotool")


def needed(items: Iterable[tuple[str, Iterable[object]]]) -> tuple[list[str], list[str | None]]:
    """Return the releases, and the machines of Krita (None: this one), that tests want: (path, parameters) each."""
    releases, kritas = set(), set()
    for path, parameters in items:
        if "tests/hosts" not in path:
            continue
        words = {str(value) for value in parameters}
        wanted = {release for release, names in RELEASES.items() if words & set(names)}
        releases |= wanted or ({"trixie"} if "/gimp/" in path else set())
        if "/krita/" in path:
            kritas |= wanted or {None}
        if path.endswith("test_newest_python.py"):
            releases.add("forky")
    return sorted(releases), sorted(kritas, key=str)


def prepare(releases: Iterable[str], kritas: Iterable[str | None], told: Callable[[str], None]) -> None:
    """Make what is not there yet; what cannot be made is told, and the tests that need it will say so at once."""
    for release in releases:
        try:
            roots.root(release, told)
        except roots.NoRoot as error:
            told(f"not there: {error}")
    for release in kritas:
        _warm(release, told)


def _warm(release: str | None, told: Callable[[str], None]) -> None:
    has_krita = shutil.which("krita") is not None if release is None else roots.is_there(release)
    if not has_krita or not all(map(shutil.which, KRITA_TOOLS)):
        return  # each test says what is missing
    machine = Machine(release)
    if is_warm(machine):
        return
    told(f"starting Krita for the first time ({machine.name}), which takes a minute")
    try:
        warmed_profile(machine)
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        told(f"Krita ({machine.name}) did not start: {error}")


if __name__ == "__main__":
    prepare(RELEASES, [None, *RELEASES], print)
