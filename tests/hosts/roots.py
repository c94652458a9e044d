# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian root folders with newer editors than the machine has: made once, kept outside the checkout.

`root("trixie")` returns a folder in which GIMP 3.0 and Krita 5.2 can be run by `chroot`; `root("forky")` holds
GIMP 3.2 and Krita 5.3. The first call takes minutes, later ones nothing: `prepare.py` makes it before any test runs.
What kept a root from being made keeps it for the rest of the run, so no test waits for that again.
`inside()` is the command line that runs a program there, with folders of the outside bound to the same paths inside.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

PACKAGES = (
    "fonts-dejavu-core",
    "fonts-droid-fallback",
    "gimp",
    "imagemagick",
    "krita",
    "locales",
    "openbox",
    "python3-gi-cairo",
    "python3-pyqt5",
    "x11-utils",
    "xauth",
    "xdotool",
    "xvfb",
)
LOCALES = ("de_DE", "ja_JP")
RELEASES = ("trixie", "forky")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
BUILD_SECONDS = 3600
TELL_SECONDS = 20
_RECIPE = 1  # counted up when the way a root is made changes
_MACHINE_BOUND = (
    "Acquire::IndexTargets",
    "Acquire::Changelogs",
    "Acquire::CompressionTypes",
    "Acquire::cdrom",
)


_refused: dict[str, str] = {}
"""Why a root could not be made in this run."""


class NoRoot(Exception):
    """A root folder cannot be had on this machine; the text says why, as a reason for skipping."""


def is_there(release: str) -> bool:
    """Whether the root folder of a Debian release was made already."""
    return _folder(release).is_dir()


def root(release: str, told: Callable[[str], None] = lambda _: None) -> Path:
    """Return the root folder of a Debian release, made now if it is not there yet; `told` hears how far it is.

    Raises:
        NoRoot: not root, no mmdebstrap, not Debian, or the packages could not be fetched.
    """
    folder = _folder(release)
    if folder.is_dir():
        return folder
    if release in _refused:
        raise NoRoot(_refused[release])
    try:
        _make(release, folder, told)
    except NoRoot as error:
        _refused[release] = str(error)
        raise
    return folder


def _folder(release: str) -> Path:
    return _cache() / f"{release}-{_key(release)}"


def _make(release: str, folder: Path, told: Callable[[str], None]) -> None:
    _check_machine()
    told(f"waiting for the Debian root {release}")
    with _only_one(_cache() / f"{release}.lock"):
        if not folder.is_dir():
            _build(release, folder, told)
            _remove_older(release, folder)


def inside(
    folder: Path,
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    shared: Sequence[Path] = (),
    outside_at: str | None = None,
) -> list[str]:
    """Return the command line that runs `command` in the root, in a mount namespace that ends with it.

    `shared` are folders of the outside that are seen at the same paths inside. With `outside_at` the whole
    outside is seen there, so that a script in the root can `chroot` back to run the machine's own Python.
    """
    mounts = [f"mount -t proc proc {folder}/proc"]
    pairs = [(path, Path(f"{folder}{path}")) for path in shared]
    if outside_at:
        pairs.append((Path("/"), Path(f"{folder}{outside_at}")))
    for source, place in pairs:
        mounts.append(f"mkdir -p {shlex.quote(str(place))}")
        mounts.append(f"mount --rbind {shlex.quote(str(source))} {shlex.quote(str(place))}")
    names = [f"{name}={value}" for name, value in environment.items()]
    run = ["exec", "chroot", str(folder), "/usr/bin/env", "-i", *names, *map(str, command)]
    script = " && ".join([*mounts, "exec " + shlex.join(run[1:])])
    return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script]


def _cache() -> Path:
    chosen = os.environ.get("MASKWRIGHT_TEST_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "maskwright-tests"


def _key(release: str) -> str:
    text = "\n".join((release, str(_RECIPE), *PACKAGES, *LOCALES))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise NoRoot("making a Debian root folder needs root: run the tests as root")
    if not shutil.which("mmdebstrap"):
        raise NoRoot("mmdebstrap is missing: install the packages of tests/hosts/packages.txt")
    if not KEYRING.is_file():
        raise NoRoot(f"{KEYRING} is missing: the roots are made on Debian only")


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(release: str, folder: Path, told: Callable[[str], None]) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(_command(release, unfinished), stdout=said, stderr=said)
        try:
            code = _watched(process, f"making the Debian root {release}", told)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        said.seek(0)
        words = said.read().strip()[-600:]
    if code != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        why = f"could not be made: {words}" if code else f"was not ready after {BUILD_SECONDS} s"
        raise NoRoot(f"the Debian root {release} {why}")
    unfinished.rename(folder)


def _watched(process: subprocess.Popen[bytes], what: str, told: Callable[[str], None]) -> int | None:
    """Wait for a process, telling now and then that it goes on; return its code, None when it took too long."""
    started = time.monotonic()
    while (passed := time.monotonic() - started) < BUILD_SECONDS:
        told(f"{what} (usually some minutes): {passed:.0f} s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(TELL_SECONDS)
    return None


def _command(release: str, folder: Path) -> list[str]:
    source = f"deb [signed-by={KEYRING}] {_mirror()} {release} main"
    locales = [f'chroot "$1" localedef -i {name} -f UTF-8 {name}.UTF-8' for name in LOCALES]
    hooks = [
        *locales,
        'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb',
    ]
    return [
        "mmdebstrap", "--variant=apt", "--mode=root", "--format=directory", "--quiet",
        *(f"--aptopt={setting}" for setting in _apt_settings()),
        '--aptopt=APT::Install-Recommends "false"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")),
        f"--include={','.join(PACKAGES)}",
        *(f"--customize-hook={hook}" for hook in hooks),
        release, str(folder), source,
    ]  # fmt: skip


def _mirror() -> str:
    """Return where this machine fetches Debian's main archive from."""
    for path in sorted(Path("/etc/apt/sources.list.d").glob("*.sources")):
        for stanza in path.read_text().split("\n\n"):
            fields = dict(
                line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[0] != "#"
            )
            if "main" in fields.get("Components", "") and fields.get("Signed-By") == str(KEYRING):
                return fields["URIs"].split()[0]
    for path in (Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.list"))):
        lines = path.read_text().splitlines() if path.is_file() else []
        for words in (line.split() for line in lines):
            if words[:1] == ["deb"] and "main" in words and "debian" in " ".join(words):
                return next(word for word in words[1:] if "://" in word)
    raise NoRoot("no Debian archive is named in /etc/apt: the roots are made on Debian only")


def _apt_settings() -> list[str]:
    """Return this machine's own ways to reach archives: proxies, certificates, checks."""
    dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
    lines = [line.rstrip(";") for line in dump.splitlines() if line.startswith("Acquire::")]
    return [line for line in lines if not line.endswith(' ""') and not line.startswith(_MACHINE_BOUND)]


def _remove_older(release: str, newest: Path) -> None:
    for folder in newest.parent.glob(f"{release}-*"):
        if folder.is_dir() and folder != newest and not folder.name.endswith(".unfinished"):
            shutil.rmtree(folder, ignore_errors=True)
