# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding and masks at a real daemon: progress, slots, generations, withdrawing, sharing, and fairness."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.protocol.house import PATIENCE, quiet, status, until
from tests.protocol.pictures import (
    ENDLESS,
    QUICK,
    SLOW,
    apply,
    background,
    click,
    encode,
    picture,
    put,
    segment,
    whole,
)

from maskwright_shared.errors import ConnectionFailed, ImageError, ModelError, RequestError
from maskwright_shared.geometry import Bounds, Box, View
from maskwright_shared.messages import (
    Cancel,
    Encode,
    Error,
    MaskOptions,
    MaskPrompt,
    ModelLoad,
    ModelsList,
    ModelUnload,
    Progress,
)


def working(client, **expected):
    """Wait until the daemon's report says what is expected."""
    until(lambda: expected.items() <= status(client).items(), f"{expected}")


def code_of(client, request):
    """Return the code of the error that answers a request."""
    with pytest.raises((RequestError, ImageError, ModelError)) as failed:
        client.wait_for(request)
    assert failed.value.message.endswith(".")
    return failed.value.code


# Encoding.


def test_encoding_tells_its_progress_and_then_its_time(client):
    client.request(encode(put(client, picture(red=SLOW, seed=1))))
    seen = []
    encoded = client.request(encode(put(client, picture(red=SLOW, seed=2))), progress=seen.append)
    assert not encoded.cached
    assert encoded.seconds > 0
    assert encoded.provider == "CPUExecutionProvider"
    fractions = [progress.fraction for progress in seen if progress.stage == "encoding"]
    assert fractions
    assert fractions == sorted(fractions)
    assert all(0 <= fraction < 1 for fraction in fractions)


def test_a_click_on_an_image_that_is_still_encoded_gets_progress_and_then_its_mask(client):
    name = put(client, picture(red=SLOW, seed=3))
    first = client.send(segment(name))
    stages = []
    reply = client.wait_for(first, progress=lambda progress: stages.append(progress.stage))
    assert "encoding" in stages
    assert whole(reply).shape == (100, 150)
    assert client.request(encode(name)).cached


def test_clients_share_an_encoding_and_one_may_leave_it(client, another):
    name = put(client, picture(red=SLOW, seed=4))
    mine = client.send(encode(name))
    working(another, encoding=1)
    theirs = another.send(encode(name))
    assert status(client)["jobs"] == 1
    client.request(Cancel(mine))
    assert code_of(another, another.send(encode("0" * 32))) == "image.unknown"
    assert not another.wait_for(theirs).cached


def test_an_encoding_that_nobody_waits_for_ends_and_can_be_begun_anew(client):
    name = put(client, picture(red=ENDLESS))
    for _ in range(2):
        work = client.send(encode(name))
        working(client, encoding=1)
        client.request(Cancel(work))
        quiet(client)
    click_on_it = client.send(segment(name))
    working(client, encoding=1)
    client.send(Cancel(click_on_it))
    assert code_of(client, click_on_it) == "request.cancelled"
    quiet(client)


def test_a_newer_encode_in_a_slot_ends_the_older_one(client):
    older = client.send(encode(put(client, picture(red=ENDLESS)), slot="a"))
    other_slot = client.send(encode(put(client, picture(red=QUICK, seed=5)), slot="b"))
    newer = client.send(encode(put(client, picture(red=QUICK, seed=6)), slot="a"))
    assert code_of(client, older) == "request.cancelled"
    answered = [client.receive(PATIENCE) for _ in range(2)]
    ids = {envelope.id for envelope in answered if not isinstance(envelope.message, Progress)}
    while len(ids) < 2:
        envelope = client.receive(PATIENCE)
        assert not isinstance(envelope.message, Error)
        if not isinstance(envelope.message, Progress):
            ids.add(envelope.id)
    assert ids == {other_slot, newer}


def test_the_same_image_encoded_again_in_a_slot_goes_on(client):
    name = put(client, picture(red=SLOW, seed=7))
    first = client.send(encode(name, slot="a"))
    working(client, encoding=1)
    second = client.send(encode(name, slot="a"))
    assert code_of(client, first) == "request.cancelled"
    assert not client.wait_for(second).cached


def test_the_work_of_a_client_that_went_away_ends(shared_house, client):
    with shared_house.connect("leaver") as leaver:
        endless, quick = put(leaver, picture(red=ENDLESS)), put(leaver, picture())
        leaver.request(encode(quick))
        leaver.send(encode(endless))
        leaver.send(segment(endless))
        leaver.send(segment(quick, click() + background(8)))
        working(client, encoding=1, jobs=2)
    working(client, encoding=0, jobs=0, clients=["test"])


def test_a_finished_request_cannot_be_withdrawn_and_that_is_no_error(client):
    name = put(client, picture())
    work = client.send(encode(name))
    client.wait_for(work)
    client.request(Cancel(work))
    client.request(Cancel(10**15))


# Generations.


def test_a_newer_generation_overtakes_the_older_ones_of_its_slot(client):
    name = put(client, picture())
    client.request(encode(name))
    older = client.send(segment(name, click() + background(8), generation=1, slot="a"))
    elsewhere = client.send(segment(name, generation=1, slot="b"))
    newer = client.send(segment(name, generation=2, slot="a"))
    assert code_of(client, older) == "request.stale"
    replies = {}
    while len(replies) < 2:
        envelope = client.receive(PATIENCE)
        replies[envelope.id] = envelope.message
    assert replies[elsewhere].generation == 1
    assert replies[newer].generation == 2
    assert code_of(client, client.send(segment(name, generation=1, slot="a"))) == "request.stale"
    assert client.request(segment(name, generation=2, slot="a")).generation == 2


def test_generations_count_while_the_image_is_encoded_too(client):
    name = put(client, picture(red=SLOW, seed=8))
    ids = [client.send(segment(name, click(70 + n), generation=n)) for n in range(1, 4)]
    answers = {}
    while len(answers) < 3:
        envelope = client.receive(PATIENCE)
        if not isinstance(envelope.message, Progress):
            answers[envelope.id] = envelope.message
    assert [answers[id].code for id in ids[:2]] == ["request.stale"] * 2
    assert answers[ids[2]].generation == 3


def test_slots_belong_to_their_connection(client, another):
    name = put(client, picture())
    client.request(segment(name, generation=9))
    assert another.request(segment(name, generation=1)).generation == 1


def test_a_decoder_at_work_can_be_ended(client):
    name = put(client, picture())
    client.request(encode(name))
    work = client.send(segment(name, click() + background(8)))
    working(client, jobs=1)
    client.send(Cancel(work))
    assert code_of(client, work) == "request.cancelled"
    quiet(client)
    assert client.request(segment(name)).masks


# Fairness.


def test_a_flood_of_one_client_starves_no_other(client, another):
    name = put(client, picture())
    client.request(encode(name))
    mine = another.send(segment(name, click(60)))
    another.wait_for(mine)
    flood = [client.send(segment(name, click(x) + background(2), slot=str(x))) for x in range(50)]
    until(lambda: status(another)["jobs"] > 10, "the flood")
    another.request(segment(name, click(61)))
    assert status(another)["jobs"] > 10
    for id in flood:
        client.send(Cancel(id))


def test_an_encoding_a_full_size_mask_and_a_preview_do_not_wait_for_each_other(client, another):
    name = put(client, picture())
    client.request(encode(name))
    slow = [
        client.send(encode(put(client, picture(red=ENDLESS)))),
        client.send(apply(name, click() + background(8))),
    ]
    working(another, jobs=2)
    assert another.request(segment(name)).masks
    stuck = client.send(segment(name, click() + background(8)))
    working(another, jobs=3)
    for id in [*slow, stuck]:
        client.send(Cancel(id))
        assert code_of(client, id) == "request.cancelled"


def test_too_many_requests_of_one_client_are_refused(client):
    name = put(client, picture(red=ENDLESS))
    ids = [client.send(segment(name, click(1 + n / 100))) for n in range(1001)]
    assert code_of(client, ids[-1]) == "request.too_many"
    for id in ids[:-1]:
        client.request(Cancel(id))
    working(client, jobs=0)


def large(name):
    """Return a request whose reply has more than a megabyte."""
    return segment(name, view=View(0, 0, 150, 100, 1500, 1000), options=MaskOptions(threshold=-32))


def test_who_reads_late_gets_every_answer(client, another):
    name = put(client, picture())
    client.request(encode(name))
    ids = [client.send(large(name)) for _ in range(100)]
    until(lambda: status(another)["jobs"] == 0, "all masks")
    assert [client.receive(PATIENCE).id for _ in ids] == ids


def test_who_reads_nothing_is_dropped_and_finds_its_connection_lost(client, another):
    name = put(client, picture())
    client.request(encode(name))
    for _ in range(300):
        client.send(large(name))
    until(lambda: "test" not in status(another)["clients"], "its dismissal")
    assert another.request(segment(name)).masks
    with pytest.raises(ConnectionFailed) as lost:
        client.request(encode(name))
    assert lost.value.code == "connection.lost"


# Masks.


def test_prompts_options_and_candidates_reach_the_model(client):
    name = put(client, picture())
    plain = client.request(segment(name, all_candidates=True))
    assert (plain.candidates, len(plain.masks)) == (3, 3)
    assert sorted(info.candidate for info in plain.masks) == [0, 1, 2]
    assert plain.masks[0].score == max(info.score for info in plain.masks)
    mask = whole(plain)
    assert mask[50, 75] == 255
    assert mask[2, 2] == 0
    assert plain.masks[0].area == (mask >= 128).sum()
    moved = whole(client.request(segment(name, click(30, 70))))
    assert moved[70, 30] == 255
    assert moved[50, 75] == 0
    boxed = client.request(segment(name, (), box=Box(20, 20, 60, 60)))
    assert not np.array_equal(whole(boxed), mask)
    hard = whole(client.request(segment(name, options=MaskOptions(edge="hard"))))
    assert set(np.unique(hard)) == {0, 255}
    grown = whole(client.request(segment(name, options=MaskOptions(grow=5))))
    assert (grown >= 128).sum() > (mask >= 128).sum()
    nothing = client.request(segment(name, options=MaskOptions(threshold=32)))
    assert nothing.masks[0].bounds.area == 0
    assert nothing.alpha == ()


def test_an_apply_is_the_preview_at_full_size(client):
    name = put(client, picture(width=600, height=400))
    preview = client.request(segment(name, click(300, 200), view=View(0, 0, 600, 400, 600, 400)))
    full = client.request(apply(name, click(300, 200)))
    assert (full.width, full.height) == (600, 400)
    assert np.abs(whole(full).astype(int) - whole(preview)).max() <= 1
    again = client.request(apply(name, click(300, 200)))
    assert np.array_equal(whole(again), whole(full))


def test_a_candidate_the_model_does_not_give_is_refused(client):
    name = put(client, picture())
    assert client.request(segment(name, candidate=2)).masks[0].candidate == 2
    assert code_of(client, client.send(segment(name, candidate=3))) == "request.candidate"


def test_each_candidate_has_its_own_logits_for_feedback(client):
    name = put(client, picture())
    first, second = (client.request(segment(name, candidate=index)) for index in (0, 2))
    assert first.mask_id != second.mask_id
    assert client.request(segment(name, candidate=0)).mask_id == first.mask_id
    elsewhere = segment(name, click(60, 60))
    fed = [
        client.request(dataclasses.replace(elsewhere, feedback=reply.mask_id)) for reply in (first, second)
    ]
    masks = [whole(reply) for reply in (client.request(elsewhere), *fed)]
    assert len({mask.tobytes() for mask in masks}) == 3


def test_feedback_that_is_not_known_is_refused(client):
    name = put(client, picture())
    assert code_of(client, client.send(segment(name, feedback=2**50))) == "request.feedback"


def test_a_grey_image_is_a_mask_prompt_wherever_it_lies(client):
    name = put(client, picture())
    inside = np.full((30, 40), 255, np.uint8)
    prior = put(client, inside)
    masks = [
        whole(client.request(segment(name, (), mask=MaskPrompt(prior, x, y))))
        for x, y in ((10, 20), (100, 60))
    ]
    assert masks[0][35, 30] > masks[1][35, 30]
    assert masks[1][75, 120] > masks[0][75, 120]
    assert client.request(segment(name, (), mask=MaskPrompt(prior, -35, -25))).masks
    assert client.request(segment(name, (), mask=MaskPrompt(prior, 5000, 0))).masks


def test_prompts_that_say_nothing_or_exclude_each_other_are_refused(client):
    name, coloured = put(client, picture()), put(client, picture(seed=9))
    assert code_of(client, client.send(segment(name, ()))) == "request.prompt"
    both = segment(name, mask=MaskPrompt(put(client, np.zeros((5, 5), np.uint8))), feedback=1)
    assert code_of(client, client.send(both)) == "request.prompt"
    assert code_of(client, client.send(segment(name, mask=MaskPrompt(coloured)))) == "request.mask"
    assert code_of(client, client.send(segment(name, mask=MaskPrompt("0" * 32)))) == "image.unknown"


def test_a_view_far_away_from_the_mask_is_empty(client):
    name = put(client, picture())
    reply = client.request(segment(name, view=View(500, 500, 100, 100, 50, 50)))
    assert (reply.width, reply.height) == (50, 50)
    assert reply.masks[0].bounds == Bounds(0, 0, 0, 0)


# Models.


def test_models_are_listed_loaded_and_unloaded(client):
    def state(id):
        return {model["id"]: model["state"] for model in client.request(ModelsList()).models}[id]

    client.request(ModelLoad("moody"))
    assert any(name.startswith("moody") for name in status(client)["loaded"])
    client.request(ModelUnload("moody"))
    assert not any(name.startswith("moody") for name in status(client)["loaded"])
    name = put(client, picture())
    assert client.request(segment(name)).masks
    assert state("moody") != state("maskwright-builtin") or status(client)["loaded"]


@pytest.mark.parametrize("kind", [ModelLoad, ModelUnload])
def test_an_unknown_model_is_named_with_those_there_are(client, kind):
    with pytest.raises(ModelError, match="moody") as refused:
        client.request(kind("nothing"))
    assert refused.value.code == "model.unknown"


def test_an_unknown_model_ends_no_encode_without_an_answer(client):
    name = put(client, picture())
    assert code_of(client, client.send(Encode(name, "nothing"))) == "model.unknown"


def test_a_model_that_is_unloaded_in_mid_run_finishes_it(client):
    name = put(client, picture(red=SLOW, seed=10))
    work = client.send(encode(name))
    working(client, encoding=1)
    client.send(ModelUnload("moody"))
    assert not client.wait_for(work).cached
    assert client.request(segment(name)).masks


def test_a_model_that_nobody_uses_gives_its_memory_back(house, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_MODEL_IDLE", "0.5")
    monkeypatch.setenv("MASKWRIGHT_IDLE", "1")
    with house.connect() as client:
        name = put(client, picture())
        client.request(encode(name))
        until(lambda: not status(client)["loaded"], "the unloading")
        assert "Unloaded moody" in house.log()
        assert client.request(encode(name)).cached
        assert client.request(segment(name)).masks
