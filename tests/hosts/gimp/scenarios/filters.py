# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers with non-destructive filters: what is read and cut out is what is seen."""

import pictures
from gi.repository import Gimp
from maskwright_gimp.gimp_host import GimpHost, NotAloneError
from outputs import write

from maskwright_plugin.host import Mask, Source, Target
from maskwright_shared.geometry import Bounds

W, H = 120, 80
GEOMETRIC = ("gegl:lens-distortion", {"main": 70.0, "zoom": 30.0})
TONAL = ("gegl:invert-gamma", {})


def _seen(image):
    """What is visible of an image, as GIMP shows it."""
    visible = Gimp.Layer.new_from_visible(image, image, "visible")
    found = pictures.read(visible, "R'G'B'A u8")
    visible.delete()
    return found


def _rgba(picture):
    data = bytes(picture.data)
    if picture.channels == "RGBA":
        return data
    return b"".join(data[i : i + 3] + b"\xff" for i in range(0, len(data), 3))


def seen_is_read():
    """A layer, one with a mask and half its opacity, one with alpha and an offset, a group; returns how many."""
    count = 0
    for operation, settings in (GEOMETRIC, TONAL):
        for kind in ("plain", "alpha", "blended", "group"):
            image = pictures.new_image(W, H)
            layer = _layer(image, kind)
            before = pictures.native(layer)
            pictures.add_filter(layer, operation, **settings)
            image.clean_all()
            host = GimpHost(image, [layer])
            picture = host.read_picture(Source.LAYER)
            assert picture.bounds == host.geometry(Source.LAYER)[1]
            assert not image.is_dirty(), "reading changes nothing"
            _unblend(layer)
            seen = _seen(image)
            assert _rgba(picture) == seen, (operation, kind)
            assert kind == "group" or pictures.native(layer) == before
            layer.get_filters()[0].set_visible(False)
            plain = host.read_picture(Source.LAYER)
            assert _rgba(plain) != seen, "a filter that is switched off is not seen"
            image.delete()
            count += 1
    return count


def _layer(image, kind):
    if kind == "alpha":
        return pictures.add_layer(image, W - 30, H - 20, 14, 9, True)
    if kind == "group":
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        pictures.add_layer(image, W, H, parent=group)
        return group
    layer = pictures.add_layer(image, W, H)
    if kind == "blended":
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
        layer.set_opacity(50.0)
    return layer


def _unblend(layer):
    layer.set_opacity(100.0)
    if layer.get_mask() is not None:
        layer.remove_mask(Gimp.MaskApplyMode.DISCARD)


def cut_out_keeps_them():
    """The cut-out looks as the layer does with its filters, under the mask."""
    for operation, settings in (GEOMETRIC, TONAL):
        image = pictures.new_image(W, H)
        layer = pictures.add_layer(image, W, H)
        pictures.add_filter(layer, operation, **settings)
        seen = _seen(image)
        place = Bounds(30, 20, 50, 40)
        write(GimpHost(image, [layer]), Mask(place, b"\xff" * place.area), Target.NEW_LAYER)
        new = image.get_layers()[0]
        rows = [seen[(y * W + 30) * 4 : (y * W + 80) * 4] for y in range(20, 60)]
        assert pictures.read(new, "R'G'B'A u8") == b"".join(rows), operation
        assert not new.get_filters()
        assert len(layer.get_filters()) == 1
        image.delete()


def with_a_selection():
    """A selection that is there when the filter comes, or later: a layer is read as it is seen, or refused."""
    refused = 0
    for operation, settings in (GEOMETRIC, TONAL):
        for first in (False, True):
            image = pictures.new_image(W, H)
            layer = pictures.add_layer(image, W, H)
            if first:
                image.select_rectangle(Gimp.ChannelOps.REPLACE, 30, 20, 40, 30)
            pictures.add_filter(layer, operation, **settings)
            image.select_rectangle(Gimp.ChannelOps.REPLACE, 50, 10, 40, 50)
            try:
                assert _rgba(GimpHost(image, [layer]).read_picture(Source.LAYER)) == _seen(image)
            except NotAloneError:
                refused += 1
            image.delete()
    return refused


def noticed():
    """What the dialog watches by is another once a filter comes, changes or is switched off."""
    image = pictures.new_image(W, H)
    layer = pictures.add_layer(image, W, H)
    host = GimpHost(image, [layer])
    found = [host.fingerprint(Source.LAYER)]
    lens = pictures.add_filter(layer, *GEOMETRIC[:1], **GEOMETRIC[1])
    found.append(host.fingerprint(Source.LAYER))
    lens.get_config().set_property("main", 20.0)
    lens.update()
    found.append(host.fingerprint(Source.LAYER))
    lens.set_visible(False)
    found.append(host.fingerprint(Source.LAYER))
    image.delete()
    assert found[3] == found[0]
    assert len(set(found)) == 3
