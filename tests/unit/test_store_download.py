# SPDX-License-Identifier: GPL-3.0-or-later
"""One file from a real HTTP server that drops, lies, redirects, refuses and goes slow."""

from __future__ import annotations

import hashlib
import io
import json
import os
import ssl
import threading
import urllib.error
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.unit.tricky_server import Trick, TrickyServer

from maskwright_backend.store.download import Download, Wanted
from maskwright_backend.store.network import Line, _Redirects, mirrored
from maskwright_backend.store.progress import Task
from maskwright_shared.errors import Cancelled, ModelError

DATA = os.urandom(1 << 16) * 20
SHA = hashlib.sha256(DATA).hexdigest()
ROOM = 1 << 40


class Patient(Task):
    """A task that notes the waits instead of waiting, and can be cancelled."""

    def __init__(self):
        self.waits, self.stop = [], threading.Event()
        super().__init__(self._check)

    def _check(self):
        if self.stop.is_set():
            raise Cancelled("request.cancelled", "Withdrawn.")

    def pause(self, seconds):
        self.check()
        self.waits.append(seconds)


@pytest.fixture
def server():
    server = TrickyServer()
    server.files["/m.onnx"] = DATA
    yield server
    server.close()


@pytest.fixture
def fetch(server, tmp_path):
    """Fetch a path of the server into `m.part`; the task is `fetch.task`."""

    def fetch(path="/m.onnx", *, sha256=SHA, size=None, url=None, environment=None, free=ROOM):
        wanted = Wanted(url or server.url + path, "m.onnx", sha256, size)
        with Line(environment or {}, fetch.task.check) as line:
            moved = lambda done, total: fetch.moved.append((done, total))  # noqa: E731
            return Download(line, wanted, fetch.part, fetch.task, lambda: free, moved).run()

    fetch.task, fetch.part, fetch.moved = Patient(), tmp_path / "m.part", []
    return fetch


def refused(fetch, code, **options):
    with pytest.raises(ModelError) as caught:
        fetch(**options)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    return caught.value.message


def test_a_file_comes_whole_with_its_progress(server, fetch):
    assert fetch(size=len(DATA)) == SHA
    assert fetch.part.read_bytes() == DATA
    assert fetch.moved[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in fetch.moved] == sorted(done for done, _ in fetch.moved)


def test_what_is_whole_is_not_fetched_again(server, fetch):
    fetch()
    assert fetch(size=len(DATA)) == SHA
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "trick", [{"cut": 400_000}, {"cut": 400_000, "chunked": True}], ids=["plain", "chunked"]
)
def test_a_dropped_connection_is_resumed_where_it_broke(server, fetch, trick):
    server.tricks["/m.onnx"] = Trick(times=2, **trick)
    assert fetch() == SHA
    assert server.ranges("/m.onnx") == [None, "bytes=400000-", "bytes=800000-"]
    assert len(fetch.task.waits) == 2


def test_a_server_that_always_drops_is_given_up_and_gone_on_with_later(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=5, cut=1000)
    assert "goes on from where it is" in refused(fetch, "model.download")
    assert fetch.part.stat().st_size == 5000
    assert fetch() == SHA
    assert server.ranges("/m.onnx")[-1] == "bytes=5000-"


def test_a_server_without_ranges_is_read_from_the_start(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=1, cut=400_000)
    server.tricks["/m.onnx"].how["ignore_range"] = True
    assert fetch() == SHA
    server.tricks["/m.onnx"] = Trick(ignore_range=True)
    fetch.part.write_bytes(DATA[:1000])
    assert fetch() == SHA


def test_a_part_of_another_file_is_not_mixed_in(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=5, cut=1000)
    refused(fetch, "model.download", sha256=None)
    server.files["/m.onnx"] = other = os.urandom(len(DATA))
    assert fetch(sha256=None) == hashlib.sha256(other).hexdigest()
    assert fetch.part.read_bytes() == other


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"etag": '"one"'}, {"etag": '"two"'}),
        ({"etag": 'W/"one"', "modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, {"etag": 'W/"two"'}),
        ({"etag": '"one"'}, {"etag": 'W/"one"'}),
        (
            {"etag": "", "modified": "Mon, 01 Jan 2024 00:00:00 GMT"},
            {"etag": "", "modified": "Tue, 02 Jan 2024 00:00:00 GMT"},
        ),
    ],
    ids=["strong", "weak", "weakened", "date"],
)
def test_a_server_that_goes_on_with_another_file_is_not_believed(server, fetch, before, after):
    server.tricks["/m.onnx"] = Trick(times=5, cut=1000, **before)
    refused(fetch, "model.download", sha256=None)
    server.files["/m.onnx"] = other = os.urandom(len(DATA))
    server.tricks["/m.onnx"] = Trick(ignore_if_range=True, **after)
    asked = len(server.requests)
    assert fetch(sha256=None) == hashlib.sha256(other).hexdigest()
    assert fetch.part.read_bytes() == other
    assert server.ranges("/m.onnx")[asked:][-1] is None  # it was begun anew


def test_without_a_hash_and_a_validator_nothing_is_resumed(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=1, cut=400_000, etag="")
    assert fetch(sha256=None) == SHA
    assert server.ranges("/m.onnx") == [None, None]


def test_a_server_that_sends_another_part_than_asked_is_not_believed(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=1, cut=400_000)
    fetch.part.write_bytes(b"")
    server.tricks["/m.onnx"].how["wrong_range"] = True
    server.tricks["/m.onnx"].times = 2
    assert fetch() == SHA


def test_a_spoiled_part_is_thrown_away_and_fetched_again(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=5, cut=2000)
    refused(fetch, "model.download")
    fetch.part.write_bytes(b"x" * fetch.part.stat().st_size)
    assert fetch() == SHA


def test_more_bytes_on_disk_than_the_file_has_are_thrown_away(server, fetch):
    fetch.part.write_bytes(DATA + b"more")
    assert fetch(size=len(DATA)) == SHA
    fetch.part.write_bytes(DATA + b"more")
    assert fetch() == SHA


def test_wrong_bytes_are_not_taken(server, fetch):
    server.tricks["/m.onnx"] = Trick(body=b"wrong" * 100)
    message = refused(fetch, "model.tampered")
    assert "not the published file" in message
    assert not fetch.part.exists()


def test_a_size_that_differs_is_refused_before_the_bytes_come(server, fetch):
    server.tricks["/m.onnx"] = Trick(length=5)
    assert "announces 5 bytes" in refused(fetch, "model.tampered", size=len(DATA))
    assert not fetch.part.exists()


def test_a_length_that_promises_too_much_ends_in_a_sentence(server, fetch):
    server.tricks["/m.onnx"] = Trick(length=len(DATA) + 1000)
    assert fetch.task.waits == []
    message = refused(fetch, "model.download", sha256=None)
    assert "keeps breaking off" in message


def test_a_length_that_hides_the_end_is_found_by_the_hash(server, fetch):
    server.tricks["/m.onnx"] = Trick(length=1000)
    refused(fetch, "model.tampered")


def test_endless_bytes_are_cut_off(server, fetch):
    server.tricks["/m.onnx"] = Trick(chunked=True, body=DATA * 2)
    assert "more bytes" in refused(fetch, "model.tampered", size=len(DATA))


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "not there any more"), (403, "not give m.onnx to everyone"), (401, "login"), (410, "not there any more"),
     (451, "withheld"), (418, "answers 418")],
)  # fmt: skip
def test_a_refusal_is_a_plain_sentence(server, fetch, status, words):
    server.tricks["/m.onnx"] = Trick(status=status)
    assert words in refused(fetch, "model.download")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_servers_own_trouble_is_waited_out(server, fetch, status):
    server.tricks["/m.onnx"] = Trick(times=2, status=status)
    assert fetch() == SHA
    assert fetch.task.waits == [0.5, 1.0]


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_a_server_asks_for_is_given(server, fetch, status):
    server.tricks["/m.onnx"] = Trick(times=1, status=status, headers={"Retry-After": "7"})
    assert fetch() == SHA
    assert fetch.task.waits == [7.0]


def test_a_date_to_retry_after_is_understood_and_too_long_a_wait_is_left_to_the_user(server, fetch):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.tricks["/m.onnx"] = Trick(times=1, status=429, headers={"Retry-After": later})
    assert fetch() == SHA
    assert 20 <= fetch.task.waits[0] <= 30
    fetch.part.unlink()
    server.tricks["/m.onnx"] = Trick(status=429, headers={"Retry-After": "3600"})
    assert "60 minutes" in refused(fetch, "model.download")


@pytest.mark.parametrize(
    "trick",
    [
        {"body": b"<!DOCTYPE html><html>log in</html>", "kind": "text/html; charset=utf-8"},
        {"body": b"\n <HTML>log in</HTML>"},
    ],
    ids=["said", "hidden"],
)
def test_a_web_page_is_not_taken_for_a_model(server, fetch, trick):
    server.tricks["/m.onnx"] = Trick(**trick)
    assert "web page instead of m.onnx" in refused(fetch, "model.download", sha256=None)
    assert not fetch.part.exists()


def test_redirects_are_followed_also_when_resuming(server, fetch):
    server.tricks["/moved"] = Trick(redirect="/m.onnx")
    server.tricks["/m.onnx"] = Trick(times=1, cut=400_000)
    assert fetch("/moved") == SHA
    assert server.ranges("/m.onnx") == [None, "bytes=400000-"]


@pytest.mark.parametrize("away", ["ftp://127.0.0.1/m.onnx", "file:///etc/passwd"])
def test_a_redirect_away_from_http_is_refused(server, fetch, away):
    server.tricks["/moved"] = Trick(redirect=away)
    assert "sends on" in refused(fetch, "model.download", url=server.url + "/moved")


@pytest.mark.parametrize("where", ["http://[::1", "http://127.0.0.1:99999999/m", "http://127.0.0.1:x/m"])
def test_a_mangled_address_is_a_sentence_also_behind_a_redirect(server, fetch, where):
    server.tricks["/moved"] = Trick(redirect=where)
    refused(fetch, "model.download", url=server.url + "/moved")
    refused(fetch, "model.download", url=where)


@pytest.mark.parametrize("length", ["9" * 5000, "-7", "\u00b2", "many", "0x10"])
def test_a_length_that_is_no_number_counts_as_none(server, fetch, length):
    server.tricks["/m.onnx"] = Trick(length=length)
    assert fetch() == SHA


@pytest.mark.parametrize("wait", ["\u00b2", "9" * 5000, "soon"])
def test_a_wait_that_is_no_number_counts_as_none(server, fetch, wait):
    server.tricks["/m.onnx"] = Trick(times=1, status=429, headers={"Retry-After": wait})
    assert fetch() == SHA


def test_a_range_that_is_no_number_is_not_believed(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=1, cut=400_000)
    fetch.task.pause = lambda _: fetch.task.stop.set() or fetch.task.check()
    with pytest.raises(Cancelled):
        fetch()
    fetch.task.stop.clear()
    del fetch.task.pause
    server.tricks["/m.onnx"] = Trick(
        times=1, status=206, headers={"Content-Range": f"bytes {'9' * 5000}-1/2"}
    )
    assert fetch() == SHA


def test_a_whole_file_from_elsewhere_is_not_taken_for_this_one(server, fetch):
    server.files["/other.onnx"] = bytes(len(DATA))
    assert fetch("/other.onnx", sha256=None) != SHA
    assert fetch(sha256=None) == SHA


def test_a_certificate_that_is_not_trusted_ends_at_once(fetch, tmp_path):
    class Distrusting:
        def get(self, url, headers):
            raise urllib.error.URLError(ssl.SSLCertVerificationError("self-signed"))

    wanted = Wanted("https://example.org/m", "m")
    download = Download(Distrusting(), wanted, tmp_path / "m", fetch.task, lambda: ROOM, lambda *_: None)
    with pytest.raises(ModelError, match="cannot prove whose it is"):
        download.run()
    assert fetch.task.waits == []


def test_a_redirect_in_a_circle_ends(server, fetch):
    server.tricks["/a"] = Trick(redirect="/a")
    assert "in a circle" in refused(fetch, "model.download", url=server.url + "/a")


def test_an_encrypted_address_never_leads_to_an_open_one():
    class Request:
        full_url = "https://example.org/m"

    with pytest.raises(ModelError, match="not protected"):
        _Redirects().redirect_request(Request, io.BytesIO(), 302, "", {}, "http://example.org/m")


def test_a_host_that_is_not_reached_is_told_from_a_download_that_breaks_off(server, fetch):
    url = server.url + "/m.onnx"
    server.tricks["/m.onnx"] = Trick(times=5, cut=1000)
    refused(fetch, "model.download", url=url)
    server.close()
    assert "goes on from where it is" in refused(fetch, "model.download", url=url)
    fetch.part.unlink()
    message = refused(fetch, "model.download", url=url)
    assert message.startswith("127.0.0.1 cannot be reached for m.onnx (")
    assert message.endswith("): check the network, and pull again.")
    server.__init__()


def test_a_server_that_never_sends_anything_promises_nothing_to_go_on_from(server, fetch):
    server.tricks["/m.onnx"] = Trick(status=502)
    message = refused(fetch, "model.download")
    assert message.endswith("keeps breaking off (the server answers 502): try again later.")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_only_http_is_spoken(fetch, url):
    assert "Only http" in refused(fetch, "model.download", url=url)


def test_a_proxy_from_the_environment_is_used_and_no_proxy_spares_it(server, fetch):
    server.files["/proxied/models.example/m.onnx"] = DATA
    environment = {"http_proxy": server.url.removeprefix("http://")}
    assert fetch(url="http://models.example/m.onnx", environment=environment) == SHA
    fetch.part.unlink()
    environment = {"ALL_PROXY": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
    assert fetch(environment=environment) == SHA
    assert "HTTP proxy" in refused(
        fetch, "model.download", environment={"http_proxy": "socks5://127.0.0.1:9"}
    )


def test_a_mirror_takes_the_hubs_place():
    url = "https://huggingface.co/a/b/resolve/main/c"
    assert mirrored(url, {}) == url
    assert (
        mirrored(url, {"HF_ENDPOINT": "https://mirror.example/"})
        == "https://mirror.example/a/b/resolve/main/c"
    )
    assert (
        mirrored("https://other.example/x", {"HF_ENDPOINT": "https://mirror.example"})
        == "https://other.example/x"
    )


def test_a_silent_server_holds_nobody_who_cancels(server, fetch):
    server.tricks["/m.onnx"] = Trick(stall=1000)
    ended = []

    def work():
        try:
            fetch()
        except Cancelled as error:
            ended.append(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    while not (fetch.part.exists() and fetch.part.stat().st_size == 1000):
        assert thread.is_alive()
    fetch.task.stop.set()
    thread.join(20)
    assert ended == ["request.cancelled"]
    assert fetch.part.stat().st_size == 1000
    server.stalled.set()
    server.tricks.clear()
    fetch.task.stop.clear()
    assert fetch() == SHA
    assert server.ranges("/m.onnx") == [None, "bytes=1000-"]


def test_a_disk_that_is_too_small_is_told_before_it_is_filled(server, fetch):
    assert "There is no room" in refused(fetch, "model.disk", free=1000)
    assert not fetch.part.exists()
    assert fetch() == SHA


def test_a_note_that_was_damaged_counts_as_none(server, fetch):
    server.tricks["/m.onnx"] = Trick(times=5, cut=1000)
    refused(fetch, "model.download")
    note = fetch.part.with_name("m.part.json")
    assert json.loads(note.read_text())["size"] == len(DATA)
    note.write_text("{")
    assert fetch() == SHA
