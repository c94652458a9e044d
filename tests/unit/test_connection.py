# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection file: who may read it, what is believed in it, and the proof."""

from __future__ import annotations

import hashlib
import json
import os
import threading

import pytest

from maskwright_shared import connection as connection_module
from maskwright_shared.connection import Connection
from maskwright_shared.errors import ConnectionFailed
from maskwright_shared.version import PROTOCOL, VERSION

posix = pytest.mark.skipif(os.name == "nt", reason="Windows keeps files private by the user's profile")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "connection.json"


def code_of(path):
    with pytest.raises(ConnectionFailed) as caught:
        Connection.read(path)
    assert caught.value.message.endswith(".")
    return caught.value.code


def write_raw(path, data):
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(data)


def test_what_is_written_is_read(path):
    connection = Connection.fresh(43210)
    connection.write(path)
    assert Connection.read(path) == connection
    assert connection[3:] == (PROTOCOL, VERSION, os.getpid())


def test_every_start_has_its_own_secrets():
    one, other = Connection.fresh(1), Connection.fresh(1)
    assert len({one.token, one.secret, other.token, other.secret}) == 4
    assert all(len(bytes.fromhex(text)) == 32 for text in (one.token, one.secret))


@posix
def test_the_file_is_open_to_its_owner_alone_whatever_the_umask_is(path):
    old = os.umask(0)
    try:
        Connection.fresh(1).write(path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o601])
def test_a_file_open_to_others_is_not_believed(path, mode):
    Connection.fresh(1).write(path)
    path.chmod(mode)
    assert code_of(path) == "connection.file"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_believed(path):
    Connection.fresh(1).write(path)
    os.chown(path, 12_345, -1)
    assert code_of(path) == "connection.file"


def test_without_a_file_there_is_no_daemon(path):
    assert code_of(path) == "connection.absent"
    assert code_of(path / "below" / "nothing") == "connection.absent"


def test_a_folder_in_its_place_is_no_file(path):
    path.mkdir(mode=0o700)
    assert code_of(path) == "connection.file"


def test_half_a_file_is_not_believed(path):
    Connection.fresh(43210).write(path)
    whole = path.read_bytes()
    for count in range(len(whole)):
        write_raw(path, whole[:count])
        assert code_of(path) == "connection.file"


@pytest.mark.parametrize(
    "change",
    [
        {"port": 0},
        {"port": 65_536},
        {"port": -1},
        {"port": True},
        {"port": "80"},
        {"port": 80.0},
        {"port": None},
        {"token": ""},
        {"token": "x" * 256},
        {"token": "ü"},
        {"token": 1},
        {"secret": ""},
        {"secret": None},
        {"secret": "\ud800"},
        {"protocol": "1"},
        {"protocol": True},
        {"version": 1},
        {"pid": "1"},
    ],
    ids=str,
)
def test_a_wrong_value_is_not_believed(path, change):
    write_raw(path, json.dumps({**Connection.fresh(1)._asdict(), **change}).encode())
    assert code_of(path) == "connection.file"


@pytest.mark.parametrize("name", Connection._fields)
def test_a_missing_value_is_not_believed(path, name):
    values = Connection.fresh(1)._asdict()
    del values[name]
    write_raw(path, json.dumps(values).encode())
    assert code_of(path) == "connection.file"


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"\xff\xfe", b"[" * 60_000, b" " * 70_000 + b"{}", b'{"port":' * 5000]
)
def test_other_content_is_not_believed(path, data):
    write_raw(path, data)
    assert code_of(path) == "connection.file"


def test_a_later_program_s_extra_values_are_passed_over(path):
    connection = Connection.fresh(1)
    write_raw(path, json.dumps({**connection._asdict(), "colour": "red"}).encode())
    assert Connection.read(path) == connection


def test_a_reader_never_sees_half_a_file(path):
    Connection.fresh(1).write(path)
    done = threading.Event()

    def write_for_a_while():
        for port in range(2, 300):
            Connection.fresh(port).write(path)
        done.set()

    writer = threading.Thread(target=write_for_a_while)
    writer.start()
    ports = []
    while not done.is_set():
        ports.append(Connection.read(path).port)
    writer.join()
    assert ports == sorted(ports)
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    old = Connection.fresh(1)
    old.write(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(connection_module.json, "dump", full)
    with pytest.raises(OSError, match="space"):
        Connection.fresh(2).write(path)
    assert Connection.read(path) == old
    assert list(path.parent.iterdir()) == [path]


def test_a_temporary_file_left_behind_is_no_trouble(path):
    path.with_name(f"connection.json.{os.getpid()}").write_text("left behind")
    Connection.fresh(1).write(path)
    assert Connection.read(path).port == 1


def hmac_by_hand(key, message):
    """HMAC-SHA256 as RFC 2104 defines it, for a key of 64 bytes."""
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


def test_the_proof_binds_secret_port_and_nonce():
    connection = Connection(43210, "a1" * 32, "b2" * 32)
    nonce = "0f" * 32
    proof = connection.proof(nonce)
    assert proof == hmac_by_hand(b"b2" * 32, b"maskwright daemon 43210 " + nonce.encode())
    assert connection.proves(nonce, proof)
    for other in (connection._replace(secret="b3" * 32), connection._replace(port=43211)):
        assert not other.proves(nonce, proof)
    assert not connection.proves("1f" * 32, proof)
    assert not connection.proves(nonce, "")
    assert connection._replace(token="c3" * 32).proves(nonce, proof)
