# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a real daemon: started once, killed, stopped, idle, replaced, and what it leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.protocol.house import PATIENCE, is_alive, status, until
from tests.protocol.pictures import ENDLESS, background, click, encode, picture, put, segment
from tests.unit.scripted_server import ScriptedServer, read_to_the_end

from maskwright_shared import client as client_module
from maskwright_shared import holder as holder_module
from maskwright_shared import launcher, starting, wire
from maskwright_shared.client import Client
from maskwright_shared.connection import HOST, USERNAME, Connection
from maskwright_shared.errors import ConnectionFailed, DaemonError
from maskwright_shared.launcher import connect, restart, stop_daemon
from maskwright_shared.lock import KernelLock
from maskwright_shared.messages import Cancel, Hello, ImagePut, Shutdown
from maskwright_shared.places import make_private
from maskwright_shared.starting import start_daemon
from maskwright_shared.version import PROTOCOL, VERSION
from maskwright_shared.zmtp import Dealer

CONNECTING = """
import sys
from pathlib import Path
from maskwright_shared.installation import Installation
from maskwright_shared.launcher import connect
from maskwright_shared.places import Places
print("there", flush=True)
sys.stdin.readline()
client = connect(Installation(Path(sys.executable), Places(Path(sys.argv[1]), Path(sys.argv[2]))), "one of many")
print(client.welcome.pid, flush=True)
sys.stdin.readline()
client.close()
"""


def crowd(house, count):
    """Have that many processes connect at the same moment; return the daemon that each of them found."""
    command = [sys.executable, "-I", "-c", CONNECTING, str(house.places.home), str(house.places.runtime)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    people = [subprocess.Popen(command, **pipes) for _ in range(count)]
    assert all(person.stdout.readline() == "there\n" for person in people)
    for person in people:
        person.stdin.write("go\n")
        person.stdin.flush()
    found = [int(person.stdout.readline()) for person in people]
    for person in people:
        person.communicate("end\n", timeout=PATIENCE)
    return found


def test_eight_at_once_find_one_daemon(house):
    seen = set()
    for _ in range(3):
        [pid] = set(crowd(house, 8))
        until(lambda pid=pid: house.daemons() == [pid], "the end of those that found the lock taken")
        seen.add(pid)
        house.kill()
    assert len(seen) == 3


def test_a_second_daemon_ends_at_once_and_leaves_the_first_alone(house):
    with house.connect() as client:
        before = house.places.connection_file.read_bytes()
        assert start_daemon(house.installation).wait(PATIENCE) == 0
        assert house.places.connection_file.read_bytes() == before
        assert status(client)["pid"] == house.pid


def test_after_a_kill_in_mid_request_the_next_call_works(house):
    with house.connect() as client:
        work = client.send(encode(put(client, picture(red=ENDLESS))))
        until(lambda: status(client)["encoding"] == 1, "the encoding")
        house.kill()
        with pytest.raises(ConnectionFailed) as lost:
            client.wait_for(work)
    assert lost.value.code == "connection.lost"
    with house.connect() as client:
        assert not client.put_image(150, 100, "RGB", picture()).known


def test_a_process_that_lives_long_keeps_no_zombies(house):
    for _ in range(3):
        with house.connect():
            pass
        house.kill()
    with house.connect():
        pids = {other.pid for other in starting.started}
    assert house.pid in pids
    assert all(is_alive(pid) for pid in pids if pid in house._pids)


def test_a_daemon_that_hangs_blocks_nobody_for_ever(house, monkeypatch):
    monkeypatch.setattr(client_module, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(client_module, "SILENCE_SECONDS", 0.5)
    with house.connect() as client:
        name = put(client, picture())
        house.signal(signal.SIGSTOP)
        with pytest.raises(ConnectionFailed, match="try again") as lost:
            client.request(encode(name))
        assert lost.value.code == "connection.lost"
        house.signal(signal.SIGCONT)
    with house.connect() as client:
        assert status(client)["pid"] == house.pid


@pytest.fixture
def impatient(monkeypatch):
    """Have clients give up connecting after half a second."""
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "connect_timeout", 0.5)


def test_a_hanging_daemon_is_reported_and_no_second_one_started(house, impatient):
    with house.connect():
        pass
    house.signal(signal.SIGSTOP)
    with pytest.raises(ConnectionFailed, match="hangs: restart it") as refused:
        house.connect()
    assert refused.value.code == "connection.hung"
    assert str(house.pid) in refused.value.detail
    assert house.daemons() == [house.pid]


def test_a_hanging_daemon_is_ended_by_stop_and_takes_its_files_along(house, impatient):
    with house.connect() as client:
        pid = client.welcome.pid
    house.signal(signal.SIGSTOP)
    assert stop_daemon(house.installation, "test")
    until(lambda: not is_alive(pid), "its end")
    assert not house.places.connection_file.exists()
    assert "has stopped" in house.log()
    assert not stop_daemon(house.installation, "test")


DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal = lambda *_: None"


def test_a_daemon_that_heeds_no_signal_is_killed(house, impatient, monkeypatch):
    monkeypatch.setattr(holder_module, "KIND_SECONDS", 0.2)
    process = house.start_other(DEAF)
    house.signal(signal.SIGSTOP)
    assert stop_daemon(house.installation, "test")
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert not house.places.connection_file.exists()


def test_a_restart_ends_the_one_that_hangs_and_connects_to_a_fresh_one(house, impatient):
    with house.connect() as client:
        pid = client.welcome.pid
    house.signal(signal.SIGSTOP)
    with restart(house.installation, "test") as client:
        assert client.welcome.pid != pid
        assert put(client, picture())
    assert not is_alive(pid)


def test_a_strangers_hold_on_the_lock_is_named_and_the_stranger_lives(house, impatient, monkeypatch):
    monkeypatch.setattr(launcher, "STRANGER_SECONDS", 1.0)
    make_private(house.places.runtime)
    stranger = KernelLock(house.places.lock_file)
    assert stranger.acquire()
    for attempt in (house.connect, lambda: stop_daemon(house.installation, "test")):
        with pytest.raises(ConnectionFailed, match=r"Another program holds .*daemon\.lock") as refused:
            attempt()
        assert refused.value.code == "connection.locked"
    stranger.release()
    with house.connect() as client:
        assert put(client, picture())


def test_a_silent_stranger_on_a_dead_daemons_port_keeps_nobody_out(house, impatient):
    house.places.runtime.mkdir(mode=0o700)
    with ScriptedServer(read_to_the_end) as server:
        Connection.fresh(server.port).write(house.places.connection_file)
        with house.connect() as client:
            assert put(client, picture())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"port": 0}'])
def test_a_damaged_connection_file_is_written_anew(house, content):
    house.places.runtime.mkdir(mode=0o700)
    house.places.connection_file.write_bytes(content)
    house.places.connection_file.chmod(0o600)
    with house.connect() as client:
        assert client.welcome.pid == house.pid


def test_without_start_an_absent_daemon_is_named(house):
    with pytest.raises(ConnectionFailed, match="is not running") as absent:
        house.connect(start=False)
    assert absent.value.code == "connection.absent"
    assert not house.places.runtime.exists()


def test_a_backend_that_cannot_start_is_a_sentence(house):
    broken = house.installation._replace(python=Path("/bin/false"))
    with pytest.raises(ConnectionFailed, match="stopped as soon as it was started") as failed:
        connect(broken, "test")
    assert failed.value.code == "connection.start"
    absent = house.installation._replace(python=house.places.home / "nothing")
    with pytest.raises(ConnectionFailed, match="is not set up"):
        connect(absent, "test")


def test_a_wrong_setting_is_named_where_the_sentence_says_to_look(house, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_THREADS", "many")
    with pytest.raises(ConnectionFailed, match=r"start\.log") as failed:
        house.connect()
    log = house.places.logs / "start.log"
    assert str(log) in failed.value.message
    assert "MASKWRIGHT_THREADS must be a number" in log.read_text(encoding="utf-8")
    log.unlink()


def test_an_idle_daemon_ends_but_not_while_somebody_is_connected(house, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_IDLE", "1")
    with house.connect() as client:
        pid = client.welcome.pid
        until(
            lambda: client.dealer.pump() or not is_alive(pid) or uptime(house, pid) > 2.5,
            "two seconds of life",
        )
        assert is_alive(pid)
    until(lambda: not is_alive(pid), "its end")
    assert not house.places.connection_file.exists()
    assert house.places.lock_file.exists()
    assert "Nobody needed the daemon" in house.log()


def uptime(house, pid):
    """Return how long a process has lived, as the kernel says; asking the daemon would keep it from being idle."""
    started = int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    now = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return now - started / 100


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_all_that_is_under_way_is_answered(house, number):
    with house.connect() as client:
        quick, endless = put(client, picture()), put(client, picture(red=ENDLESS))
        client.request(segment(quick))
        under_way = [
            client.send(segment(quick, click() + background(7))),
            client.send(encode(endless)),
            client.send(segment(endless)),
            client.send(ImagePut(10, 10, "GRAY")),
        ]
        until(lambda: status(client)["jobs"] == 2, "the work")
        house.signal(number)
        pid = client.welcome.pid
        codes = {}
        while len(codes) < len(under_way):
            envelope = client.receive(PATIENCE)
            if envelope.message.TYPE != "progress":
                codes[envelope.id] = envelope.message.code
        until(lambda: not is_alive(pid), "its end")
    assert codes == dict.fromkeys(under_way, "daemon.stopping")
    assert not house.places.connection_file.exists()
    assert "has stopped" in house.log()


def test_stop_waits_for_the_end_and_says_whether_there_was_a_daemon(house):
    assert not stop_daemon(house.installation, "test")
    with house.connect() as client:
        pid = client.welcome.pid
    assert stop_daemon(house.installation, "test")
    assert not house.places.connection_file.exists()
    with house.connect() as client:
        assert client.welcome.pid != pid


def test_shutdown_if_idle_refuses_while_others_are_there_or_work_goes_on(house):
    with house.connect() as client:
        with house.connect("other"), pytest.raises(DaemonError) as refused:
            client.request(Shutdown(if_idle=True))
        assert refused.value.code == "daemon.busy"
        until(lambda: status(client)["clients"] == ["test"], "the other's end")
        work = client.send(encode(put(client, picture(red=ENDLESS))))
        with pytest.raises(DaemonError):
            client.request(Shutdown(if_idle=True))
        client.request(Cancel(work))
        until(lambda: status(client)["jobs"] == 0, "the end of the work")
        client.request(Shutdown(if_idle=True))
        until(lambda: not is_alive(client.welcome.pid), "its end")


# Other versions.


def test_an_older_idle_daemon_is_replaced(house):
    old = house.start_other(VERSION="0.0.9")
    with house.connect() as client:
        assert client.welcome.version == VERSION
        assert client.welcome.pid != old.pid
    assert old.wait(PATIENCE) == 0


def test_an_older_daemon_that_others_use_is_kept(house):
    old = house.start_other(VERSION="0.0.9")
    with Client(Connection.read(house.places.connection_file), "user"), house.connect() as client:
        assert client.welcome.version == "0.0.9"
        assert put(client, picture())
    old.terminate()
    assert old.wait(PATIENCE) == 0


def test_a_newer_daemon_of_the_same_protocol_serves_an_older_client(house):
    new = house.start_other(VERSION="99.0")
    with house.connect() as client:
        assert client.welcome.pid == new.pid
    new.terminate()
    new.wait(PATIENCE)


@pytest.mark.parametrize("protocol", [PROTOCOL + 1, 999])
def test_an_idle_daemon_of_another_protocol_is_replaced(house, protocol):
    old = house.start_other(PROTOCOL=protocol, VERSION="77.0")
    with house.connect() as client:
        assert client.welcome.version == VERSION
    assert old.wait(PATIENCE) == 0


def test_a_busy_daemon_of_another_protocol_is_kept_and_named(house):
    old = house.start_other(PROTOCOL=PROTOCOL + 1, VERSION="77.0")
    known = Connection.read(house.places.connection_file)
    with Dealer(HOST, known.port, USERNAME, known.token) as user:
        user.send(wire.encode(1, Hello("0" * 64, "user", "77.0"), protocol=PROTOCOL + 1))
        assert json.loads(bytes(user.receive(PATIENCE)[0]))["type"] == "welcome"
        with pytest.raises(ConnectionFailed, match=r"77\.0.*close what uses it") as refused:
            house.connect()
    assert refused.value.code == "connection.version"
    old.terminate()
    assert old.wait(PATIENCE) == 0


# What stays on the disk.


def test_the_log_is_turned_over_before_it_grows_large(house):
    house.places.logs.mkdir()
    log = house.places.logs / "daemon.log"
    log.write_bytes(b"x" * 999_990 + b"\n")
    with house.connect():
        until((house.places.logs / "daemon.log.1").exists, "the old log")
    assert "serves on port" in house.log()
    assert log.stat().st_size < 10_000


def test_an_unwritable_log_folder_keeps_nobody_from_work(house):
    house.places.logs.mkdir()
    (house.places.logs / "daemon.log").mkdir()
    with house.connect() as client:
        assert put(client, picture())
    started = house.places.logs / "start.log"
    assert "serves on port" in started.read_text(encoding="utf-8")
    stop_daemon(house.installation, "test")
    until(lambda: not house.daemons(), "its end")
    (house.places.logs / "daemon.log").rmdir()
    started.unlink()
