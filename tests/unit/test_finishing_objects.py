# SPDX-License-Identifier: GPL-3.0-or-later
"""The object map: thresholds, doubles, and small objects over large ones."""

import numpy as np
from tests.unit.finishing_scenes import stretched

from maskwright_backend.finishing.objects import ObjectMapper
from maskwright_backend.models.placement import Placement


def box(x0, y0, x1, y1, strength=8.0):
    logits = np.full((256, 256), -strength, np.float32)
    logits[y0:y1, x0:x1] = strength
    return logits


def mapper(**options):
    return ObjectMapper(stretched(512, 512), **options)


def test_small_objects_lie_over_larger_ones_in_any_order():
    large, small = box(20, 20, 200, 200), box(60, 60, 90, 90)
    maps = []
    for first, second in ((large, small), (small, large)):
        objects = mapper()
        assert objects.add(first, 0.9)
        assert objects.add(second, 0.8)
        maps.append(objects.labels(512, 512, (512, 512)))
    assert np.array_equal(*maps)
    assert maps[0].dtype == np.uint16
    assert (maps[0][150, 150], maps[0][300, 300], maps[0][5, 5]) == (2, 1, 0)
    assert abs(np.count_nonzero(maps[0] == 2) - 60 * 60) < 10


def test_the_better_of_two_doubles_stays():
    objects = mapper()
    assert objects.add(box(20, 20, 120, 120), 0.8)
    assert not objects.add(box(21, 20, 121, 120), 0.75)
    assert not objects.add(box(20, 20, 120, 120), 0.8)
    assert objects.add(box(30, 20, 130, 120), 0.95)
    assert objects.count == 1
    labels = objects.labels(256, 256, (512, 512))
    assert (labels[60, 24], labels[60, 126]) == (0, 1)
    assert objects.add(box(80, 20, 180, 120), 0.9)
    assert objects.count == 2


def test_thresholds():
    objects = mapper()
    assert not objects.add(box(20, 20, 120, 120), 0.69)
    assert not objects.add(box(20, 20, 120, 120, strength=0.5), 0.99)
    assert not objects.add(np.full((256, 256), -3, np.float32), 0.99)
    assert objects.add(box(20, 20, 120, 120), None)
    assert objects.count == 1
    assert mapper(least_score=0.5).add(box(20, 20, 120, 120), 0.69)


def test_nothing_found_is_an_empty_map():
    labels = mapper().labels(30, 20, (512, 512))
    assert labels.shape == (20, 30)
    assert not labels.any()


def test_padding_takes_no_part():
    placement = Placement(((256, 1024), (1024, 400)), ((256, 1024), (512, 200)))
    objects = ObjectMapper(placement)
    assert not objects.add(box(0, 140, 256, 256), 0.9)
    assert objects.add(box(0, 100, 256, 256), 0.9)
    labels = objects.labels(400, 200, (400, 200))
    assert np.count_nonzero(labels) in range(400 * 42, 400 * 46)


def test_the_candidate_may_be_reused_by_the_caller():
    logits = box(20, 20, 120, 120)
    objects = mapper()
    objects.add(logits, 0.9)
    logits[:] = -1
    assert objects.labels(512, 512, (512, 512)).any()
