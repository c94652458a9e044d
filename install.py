#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Set Maskwright up, try it, test it, or take it away again. Run it as often as you like.

    python3 install.py               the backend, and the plugin for every editor found
    python3 install.py --demo        the backend, then a click on a photograph
    python3 install.py --test        every test, in an environment of their own
    python3 install.py --uninstall   take away all that this put anywhere

Everything but the editors' plugins lives in one folder: MASKWRIGHT_HOME, or the platform's user data folder.
"""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 (said here in a sentence)
    sys.exit("install.py needs Python 3.8 or newer, and the backend 3.11: run it with a newer python3.")

import argparse
import io
import json
import subprocess
from pathlib import Path
from typing import List, Optional, Sequence

PROJECT = Path(__file__).resolve().parent
sys.path[:0] = [str(PROJECT / "plugin"), str(PROJECT / "shared")]
sys.dont_write_bytecode = True

from maskwright_plugin.setup import SetupCancelled, SetupError, Source, set_up
from maskwright_plugin.setup.bundles import Bundle, gimp_bundle, install_bundle, krita_bundle, write_krita_zip
from maskwright_plugin.setup.command import command_path
from maskwright_plugin.setup.console import Console
from maskwright_plugin.setup.installer import built_wheel, set_up_tests
from maskwright_plugin.setup.profiles import KRITA, Machine, Profile, gimp_profiles, krita_profiles
from maskwright_plugin.setup.uninstall import uninstall
from maskwright_shared.installation import Installation
from maskwright_shared.places import find_places

PHOTOGRAPH = PROJECT / "examples" / "coffee.png"
CLICK = "290,120"
DEMO = "maskwright-demo"


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Do what the command line asks for and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a folder's name may be more than a terminal can write
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except SetupError as error:
        print(f"install.py: {error.message}", file=sys.stderr)
        return 130 if isinstance(error, SetupCancelled) else 1
    except OSError as error:
        print(f"install.py: {error.filename or 'a file'}: {error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("install.py: stopped; run it again to go on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Set Maskwright up: with no option, the backend and the plugin for every editor found."
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--demo", action="store_true", help="set up the backend and click on a photograph")
    what.add_argument("--test", action="store_true", help="run every test in an environment of their own")
    what.add_argument("--krita", action="store_true", help="set up the backend and Krita's plugin")
    what.add_argument("--gimp", action="store_true", help="set up the backend and GIMP's plug-in")
    what.add_argument("--krita-zip", type=Path, metavar="FILE", help="write the zip that Krita can import")
    what.add_argument("--uninstall", action="store_true", help="remove all that this has put anywhere")
    parser.add_argument(
        "--link", action="store_true", help="use this folder itself, by links, for developers"
    )
    return parser


def _run(chosen: argparse.Namespace) -> int:
    if chosen.uninstall:
        return uninstall(find_places(), Machine.here(), print)
    if chosen.test:
        return _test()
    installation = _backend(linked=chosen.link)
    if chosen.demo:
        return _demo(installation)
    if chosen.krita_zip:
        return _krita_zip(installation, chosen.krita_zip)
    return _plugins(installation, chosen)


def _backend(*, linked: bool) -> Installation:
    with Console() as console:
        installation = set_up(find_places(), Source(PROJECT, linked), report=console.show)
    print(f"The backend is ready: {command_path(installation.places.home)}")
    return installation


def _demo(installation: Installation) -> int:
    """Segment the photograph through the daemon, by one click, with the command that was just installed."""
    folder = Path.cwd() / DEMO
    folder.mkdir(exist_ok=True)
    outputs = {name: str(folder / f"{name}.png") for name in ("mask", "overlay", "cutout")}
    command = [str(command_path(installation.places.home)), "segment", str(PHOTOGRAPH)]
    command += ["--point", CLICK, "--json"]
    command += ["--output", outputs["mask"], "--overlay", outputs["overlay"], "--cutout", outputs["cutout"]]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SetupError("The demo failed: what is printed above says why.")
    report = json.loads(done.stdout)
    read = report["encode_seconds"]
    known = (
        f"the picture was taken in within {read:.2f} s before" if read else "the daemon still had the picture"
    )
    print(f"One click took {report['click_milliseconds']:.0f} ms with {report['model']}; {known}. Look at:")
    for name, path in outputs.items():
        print(f"  {name:8} {path}")
    return 0


def _test() -> int:
    """Run the default tests; pytest's own last line is the last one printed."""
    with Console() as console:
        python = set_up_tests(find_places(), Source(PROJECT, linked=True, extra="test"), report=console.show)
    return subprocess.call([str(python), "-m", "pytest"], cwd=str(PROJECT), stdin=subprocess.DEVNULL)


def _plugins(installation: Installation, chosen: argparse.Namespace) -> int:
    """Put the plugin into the editors that were asked for, or into all that are found."""
    machine = Machine.here()
    every = not (chosen.krita or chosen.gimp)
    profiles: List[Profile] = []
    if chosen.krita or every:
        profiles += krita_profiles(machine, even_absent=chosen.krita)
    if chosen.gimp or every:
        profiles += gimp_profiles(machine)
    if chosen.link:
        profiles = [profile for profile in profiles if not profile.sandboxed]  # which cannot follow the links
    if not profiles:
        wanted = "GIMP 3" if chosen.gimp else "Krita or GIMP 3"
        print(f"No {wanted} was found: start it once, then run this again.")
        return 1 if chosen.gimp else 0
    wheel = None if chosen.link else built_wheel(installation.places)
    for profile in profiles:
        bundle = _bundle(profile, wheel)
        folder = install_bundle(bundle, profile, installation, PROJECT, linked=chosen.link)
        print(f"{profile.name}: {folder}")
    print("Start the editor anew to find Maskwright in it.")
    return 0


def _bundle(profile: Profile, wheel: Optional[Path]) -> Bundle:
    return (krita_bundle if profile.editor == KRITA else gimp_bundle)(PROJECT, wheel)


def _krita_zip(installation: Installation, path: Path) -> int:
    write_krita_zip(krita_bundle(PROJECT, built_wheel(installation.places)), path)
    print(f"{path}: in Krita, Tools > Scripts > Import Python Plugin from File.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
