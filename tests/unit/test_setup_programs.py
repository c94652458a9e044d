# SPDX-License-Identifier: GPL-3.0-or-later
"""Running programs, finding Pythons among them, and turning what they say into sentences."""

import errno
import json
import os
import sys
import time
from pathlib import Path

import pytest

from maskwright_plugin.setup.problems import (
    CommandFailed,
    SetupCancelled,
    SetupError,
    explained,
    explained_os,
)
from maskwright_plugin.setup.process import answer, run
from maskwright_plugin.setup.pythons import Python, find_pythons, listed_by_launcher, probe
from maskwright_plugin.setup.task import Task
from maskwright_shared.surroundings import clean_environment

posix = pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")


def python_command(code):
    return [sys.executable, "-u", "-c", code]


def test_lines_arrive_while_the_program_runs_and_in_the_log(tmp_path):
    lines = []
    log = tmp_path / "logs" / "setup.log"
    printed = run(python_command("print('a'); print('b')"), Task(log=log), on_line=lines.append)
    assert lines == ["a", "b"]
    assert printed == "a\nb"
    assert log.read_text().splitlines()[-2:] == ["a", "b"]


def test_a_failing_program_hands_over_what_it_said():
    with pytest.raises(CommandFailed) as caught:
        run(python_command("import sys; print('why', file=sys.stderr); sys.exit(3)"), Task())
    assert (caught.value.code, caught.value.detail) == (3, "why")


def test_a_missing_program_is_a_failure_like_any_other(tmp_path):
    with pytest.raises(CommandFailed, match="nothing-here"):
        run([str(tmp_path / "nothing-here")], Task())


@posix
def test_cancelling_ends_the_program_and_its_children(tmp_path):
    note = tmp_path / "pids"
    child = "import time; time.sleep(60)"
    code = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"open({str(note)!r} + '.new', 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        f"os.rename({str(note)!r} + '.new', {str(note)!r})\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(SetupCancelled):
        run(python_command(code), Task(cancelled=note.exists))
    deadline = time.monotonic() + 10
    while any(map(_alive, note.read_text().split())):
        assert time.monotonic() < deadline, "a process outlived the setup"


def _alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_the_editors_own_settings_do_not_reach_the_program(monkeypatch):
    for name in (
        "PYTHONPATH",
        "PYTHONHOME",
        "LD_LIBRARY_PATH",
        "QT_PLUGIN_PATH",
        "GI_TYPELIB_PATH",
        "VIRTUAL_ENV",
    ):
        monkeypatch.setenv(name, "/editor")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.test")
    seen = json.loads(
        answer([sys.executable, "-I", "-c", "import json, os; print(json.dumps(dict(os.environ)))"])
    )
    assert [name for name, value in seen.items() if value == "/editor"] == []
    assert seen["PIP_INDEX_URL"] == "https://mirror.test"


def test_programs_inside_an_appimage_are_taken_off_the_path():
    parts = ["/tmp/.mount_Krita/usr/bin", "/tmp/.mount_Krita2/bin", "/usr/bin"]
    found = clean_environment({"APPDIR": "/tmp/.mount_Krita", "PATH": os.pathsep.join(parts)})
    assert found["PATH"].split(os.pathsep) == parts[1:]


def test_a_python_says_what_it_is():
    python = probe(sys.executable)
    assert python.version == sys.version_info[:3]
    assert python.venv


@pytest.mark.parametrize("program", ["/bin/true", "/bin/false", "/nowhere/python3"])
def test_what_is_no_python_is_none(program):
    assert probe(program) is None


def fake_python(folder, name, version, *, wide=True, venv=True, ensurepip=True):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{json.dumps([version, wide, venv, ensurepip])}'\n")
    path.chmod(0o755)
    return str(path)


@posix
def test_a_complete_python_goes_before_one_without_pip_and_those_that_will_not_do(tmp_path):
    candidates = [
        fake_python(tmp_path, "old", [3, 10, 1]),
        fake_python(tmp_path, "newer", [3, 15, 0]),
        fake_python(tmp_path, "narrow", [3, 12, 0], wide=False),
        fake_python(tmp_path, "bare", [3, 11, 2], ensurepip=False),
        fake_python(tmp_path, "full", [3, 12, 4]),
    ]
    found = find_pythons(Task(), candidates)
    assert [Path(python.executable).name for python in found] == ["full", "bare", "old", "newer", "narrow"]
    assert [python.usable for python in found] == [True, True, False, False, False]


@posix
def test_the_search_ends_with_the_first_complete_one(tmp_path):
    first = fake_python(tmp_path, "first", [3, 12, 4])
    assert [python.executable for python in find_pythons(Task(), [first, sys.executable])] == [first]


@posix
def test_pythons_are_looked_for_on_the_path(tmp_path, monkeypatch):
    expected = fake_python(tmp_path, "python3.12", [3, 12, 4])
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setattr(sys, "executable", "/opt/krita/bin/krita")
    assert find_pythons(Task())[0] == Python(expected, (3, 12, 4), wide=True, venv=True, ensurepip=True)


def test_windows_launcher_lists_paths_with_spaces():
    text = (
        " -V:3.13 *        C:\\Program Files\\Python313\\python.exe\r\n"
        " -V:3.12          C:\\Users\\Ann Lee\\Python312\\python.exe\r\n"
        "No runtimes are installed\r\n"
    )
    assert listed_by_launcher(text) == [
        "C:\\Program Files\\Python313\\python.exe",
        "C:\\Users\\Ann Lee\\Python312\\python.exe",
    ]


SAID = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": "disk is full",
    "NewConnectionError('<...>: [Errno -3] Temporary failure in name resolution')\n"
    "ERROR: No matching distribution found for numpy": "cannot be reached",
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] ...'))": "certificate is not trusted",
    "OSError('Tunnel connection failed: 407 Proxy Authentication Required')": "proxy asks",
    "ERROR: HTTP error 403 Client Error: Forbidden for url": "refuses the login",
    "ERROR: Could not find a version that satisfies the requirement onnxruntime>=1.20 (from versions: none)\n"
    "ERROR: No matching distribution found for onnxruntime>=1.20": "no onnxruntime>=1.20 for this Python",
    "ERROR: Could not install packages: [Errno 13] Permission denied: '/opt/x'": "/opt/x cannot be written",
    "The virtual environment was not created ... because ensurepip is not available.": "python3-venv",
    "error: Request failed\n  cause: dns error": "cannot be reached",
    "all is well\nERROR: something new\nbye": "ERROR: something new",
    "": "it said nothing",
}


@pytest.mark.parametrize("output", SAID)
def test_what_a_program_says_becomes_a_sentence_for_the_user(output):
    problem = explained(CommandFailed("pip", 1, output))
    assert SAID[output] in problem.message
    assert problem.message.endswith(".")
    assert problem.detail == output


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "Not allowed to"), (errno.EIO, "Could not")],
)
def test_so_do_errors_of_the_system(number, words):
    problem = explained_os(OSError(number, os.strerror(number)), "make the folder /x")
    assert isinstance(problem, SetupError)
    assert words in problem.message
