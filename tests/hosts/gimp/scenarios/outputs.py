# SPDX-License-Identifier: GPL-3.0-or-later
"""Every output in every image type and layer geometry, byte for byte."""

import itertools

import pictures
from gi.repository import Gimp
from maskwright_gimp.gimp_host import GimpHost

from maskwright_plugin.host import HostError, Mask, Operation, Source, Target
from maskwright_shared.geometry import Bounds

W, H = 61, 43
MIDDLE = Bounds(11, 7, 40, 31)
TYPES = [
    (base, precision, profile)
    for base, precision, profile in itertools.product(("rgb", "gray"), pictures.PRECISIONS, ("", "own"))
] + [("indexed", "U8_NON_LINEAR", "")]
GEOMETRIES = {
    "whole": (W, H, 0, 0, False),
    "alpha": (W, H, 0, 0, True),
    "offset": (30, 20, 17, 9, False),
    "outside": (80, 60, -9, -8, True),
    "corner": (30, 30, 45, 30, True),
}


def mask_at(bounds=MIDDLE):
    """Every level from 0 to 255, each row different."""
    return Mask(
        bounds, bytes((x * 7 + y * 13) % 256 for y in range(bounds.height) for x in range(bounds.width))
    )


def spread(mask, width, height, dx=0, dy=0):
    """The mask over width x height pixels whose top-left one is at (dx, dy) of the image."""
    out = bytearray(width * height)
    b = mask.bounds
    for y in range(height):
        for x in range(width):
            u, v = x + dx - b.x, y + dy - b.y
            if 0 <= u < b.width and 0 <= v < b.height:
                out[y * width + x] = mask.alpha[v * b.width + u]
    return bytes(out)


def write(host, mask, target, operation=Operation.REPLACE):
    ends = []
    host.write_mask(mask, target, operation, ends.append)
    assert len(ends) == 1
    if ends[0] is not None:
        raise ends[0]


def image_of(kind, geometry="whole"):
    base, precision, profile = kind
    own = {"rgb": "adobe", "gray": "grey"}.get(base, "") if profile else ""
    image = pictures.new_image(W, H, base, precision, own)
    width, height, x, y, alpha = GEOMETRIES[geometry]
    layer = pictures.add_layer(image, width, height, x, y, alpha)
    return image, layer, GimpHost(image, [layer])


def every_type():
    """The outputs in every type; returns how many were tried."""
    for kind in TYPES:
        image, layer, host = image_of(kind)
        try:
            _check_outputs(image, layer, host, kind)
        finally:
            image.delete()
    return len(TYPES)


def _check_outputs(image, layer, host, kind):
    mask = mask_at()
    wanted = spread(mask, W, H)
    before = pictures.native(layer)
    choice = _chosen(image)
    write(host, mask, Target.SELECTION)
    assert pictures.selection(image) == wanted, ("selection", kind)
    found = host.read_selection()
    assert spread(found, W, H) == wanted, ("read_selection", kind)
    write(host, mask, Target.SAVED_SELECTION)
    assert _chosen(image) == choice
    (channel,) = image.get_channels()
    assert pictures.numbers(channel) == wanted, ("channel", kind)
    write(host, mask, Target.LAYER_MASK)
    assert pictures.numbers(layer.get_mask()) == wanted, ("layer mask", kind)
    write(host, mask_at(Bounds(0, 0, 20, 20)), Target.LAYER_MASK)  # the mask that is there is replaced
    assert pictures.numbers(layer.get_mask()) == spread(mask_at(Bounds(0, 0, 20, 20)), W, H), kind
    choice = _chosen(image)
    write(host, mask, Target.NEW_LAYER)
    assert _chosen(image) == choice
    assert pictures.native(layer) == before, ("the layer itself", kind)
    new = image.get_layers()[0]
    assert tuple(new.get_offsets())[-2:] == (11, 7)
    assert (new.get_width(), new.get_height()) == (40, 31)
    _check_cut(layer, new, mask, kind)


def _chosen(image):
    return [item.get_id() for item in image.get_selected_drawables()]


def _check_cut(layer, new, mask, kind):
    """The cut-out has the layer's colours to the last bit, and the mask as its alpha."""
    alpha, full = pictures.read(new, "A u8"), mask.alpha
    assert alpha == full, ("alpha of the cut-out", kind)
    source, mine = pictures.native(layer), pictures.native(new)
    size, with_alpha = len(source) // (W * H), len(mine) // (40 * 31)
    colours = b"".join(mine[i : i + size] for i in range(0, len(mine), with_alpha))
    rows = [source[(y * W + 11) * size : (y * W + 51) * size] for y in range(7, 38)]
    assert colours == b"".join(rows), ("colours of the cut-out", kind)


def every_geometry():
    """Layers with alpha, offsets, outside of the canvas, as children of groups, groups, locked ones."""
    mask = mask_at()
    for name, (width, height, x, y, _) in GEOMETRIES.items():
        image, layer, host = image_of(("rgb", "U8_NON_LINEAR", ""), name)
        picture = host.read_picture(Source.LAYER)
        place = Bounds(x, y, width, height)
        assert picture.bounds == place.intersection(Bounds(0, 0, W, H)), name
        _check_pixels(layer, picture, place)
        write(host, mask, Target.LAYER_MASK)
        assert pictures.numbers_of_mask(layer) == spread(mask, width, height, x, y), name
        write(host, mask, Target.SELECTION)
        assert pictures.selection(image) == spread(mask, W, H), name
        write(host, mask, Target.NEW_LAYER)
        new = image.get_layers()[0]
        assert tuple(new.get_offsets())[-2:] == tuple(mask.bounds.intersection(place))[:2], name
        image.delete()
    return len(GEOMETRIES)


def _check_pixels(layer, picture, place):
    layout = "R'G'B'A u8" if layer.has_alpha() else "R'G'B' u8"
    size = 4 if layer.has_alpha() else 3
    assert picture.channels == ("RGBA" if size == 4 else "RGB")
    whole = pictures.read(layer, layout)
    b = picture.bounds
    rows = []
    for y in range(b.y, b.bottom):
        start = ((y - place.y) * place.width + b.x - place.x) * size
        rows.append(whole[start : start + b.width * size])
    assert picture.data == b"".join(rows)


def groups():
    """A group is read as it looks, gets a mask, and its cut-out lies above it; a child's stays in the group."""
    image = pictures.new_image(W, H)
    pictures.add_layer(image, W, H)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    child = pictures.add_layer(image, 30, 20, 10, 8, True, group)
    host = GimpHost(image, [group])
    picture = host.read_picture(Source.LAYER)
    assert picture.bounds == Bounds(10, 8, 30, 20)
    assert picture.data == pictures.read(child, "R'G'B'A u8")
    mask = Mask(Bounds(12, 9, 10, 10), b"\xff" * 100)
    write(host, mask, Target.LAYER_MASK)
    assert pictures.numbers_of_mask(group) == spread(mask, 30, 20, 10, 8)
    write(host, mask, Target.NEW_LAYER)
    assert [item.get_name() for item in image.get_layers()] == ["Object", "group", "layer"]
    write(GimpHost(image, [child]), mask, Target.NEW_LAYER)
    assert [item.get_name() for item in group.get_children()] == ["Object #1", "layer #1"]
    image.delete()


def locked():
    """Locks keep what they lock; what they do not touch works."""
    image, layer, host = image_of(("rgb", "U8_NON_LINEAR", ""))
    layer.set_lock_content(True)
    layer.set_lock_position(True)
    layer.set_lock_alpha(True)
    before = pictures.native(layer)
    mask = mask_at()
    for target in Target:
        write(host, mask, target)
    assert pictures.native(layer) == before
    assert layer.get_lock_content()
    assert pictures.selection(image) == spread(mask, W, H)
    image.delete()


def visible():
    """What is visible is read with opacity and offsets, whatever layers are chosen."""
    image = pictures.new_image(W, H)
    bottom = pictures.add_layer(image, W, H)
    top = pictures.add_layer(image, 10, 10, 5, 5, False, None, "top", b"\x00\xff\x00" * 100)
    hidden = pictures.add_layer(image, W, H, 0, 0, False, None, "hidden", b"\x01" * (W * H * 3))
    hidden.set_visible(False)
    for chosen in ([bottom, top], [], [hidden]):
        picture = GimpHost(image, chosen).read_picture(Source.PROJECTION)
        assert picture.bounds == Bounds(0, 0, W, H)
        rgb = b"".join(
            picture.data[i : i + 3] for i in range(0, len(picture.data), len(picture.data) // (W * H))
        )
        wanted = bytearray(pictures.coloured(W, H))
        for y in range(5, 15):
            wanted[(y * W + 5) * 3 : (y * W + 15) * 3] = b"\x00\xff\x00" * 10
        assert rgb == bytes(wanted)
    assert len(image.get_layers()) == 3
    image.delete()


def refusals():
    """Each refusal is a sentence and changes nothing; returns the sentences."""
    image, layer, host = image_of(("rgb", "U8_NON_LINEAR", ""))
    sentences = []

    def refused(call):
        try:
            call()
        except HostError as error:
            sentences.append(str(error))
            if not sentences[-1].endswith("."):
                raise AssertionError(sentences[-1]) from error
        else:
            raise AssertionError("it was not refused")

    mask, empty = mask_at(), Mask(Bounds(3, 3, 4, 4), bytes(16))
    refused(lambda: GimpHost(image, []).read_picture(Source.LAYER))
    refused(lambda: write(host, empty, Target.LAYER_MASK))
    refused(lambda: write(host, empty, Target.NEW_LAYER))
    refused(lambda: write(host, empty, Target.SAVED_SELECTION))
    channel = Gimp.Channel.new(image, "c", W, H, 50.0, pictures.Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    refused(lambda: write(GimpHost(image, [channel]), mask, Target.LAYER_MASK))
    image.remove_channel(channel)
    refused(lambda: write(GimpHost(image, []), mask, Target.LAYER_MASK))
    far = pictures.add_layer(image, 10, 10, 200, 200)
    refused(lambda: GimpHost(image, [far]).read_picture(Source.LAYER))
    refused(lambda: write(GimpHost(image, [far]), mask, Target.LAYER_MASK))
    image.remove_layer(far)
    write(host, mask, Target.SELECTION)
    Gimp.Selection.float(image, [layer], 1, 1)
    refused(lambda: write(host, mask, Target.NEW_LAYER))
    refused(lambda: write(host, mask, Target.LAYER_MASK))
    Gimp.floating_sel_remove(image.get_floating_sel())
    assert len(image.get_layers()) == 1
    assert layer.get_mask() is None
    image.delete()
    refused(lambda: host.read_picture(Source.LAYER))
    refused(lambda: write(host, mask, Target.SELECTION))
    return sentences


def operations():
    """Each operation joins with the selection as GIMP's own tools do."""
    first, second = mask_at(Bounds(4, 4, 30, 30)), Mask(Bounds(20, 10, 30, 30), b"\xff" * 900)
    rules = {
        Operation.REPLACE: lambda _, b: b,
        Operation.ADD: lambda a, b: min(255, a + b),
        Operation.SUBTRACT: lambda a, b: max(0, a - b),
        Operation.INTERSECT: min,
    }
    for operation, rule in rules.items():
        image, _, host = image_of(("rgb", "U8_NON_LINEAR", ""))
        write(host, first, Target.SELECTION)
        write(host, second, Target.SELECTION, operation)
        pairs = zip(spread(first, W, H), spread(second, W, H), strict=True)
        assert pictures.selection(image) == bytes(rule(a, b) for a, b in pairs), operation
        assert not image.get_channels()
        image.delete()


def path():
    """A path lies around the mask, the selection stays what it was, and the path is no prompt by any name."""
    for selected in (False, True):
        image, _, host = image_of(("rgb", "U8_NON_LINEAR", ""))
        if selected:
            write(host, mask_at(), Target.SELECTION)
        before = pictures.selection(image)
        mask = Mask(Bounds(10, 10, 30, 20), b"\xff" * 600)
        ends = []
        host.write_path(mask, ends.append)
        assert ends == [None], ends
        assert pictures.selection(image) == before
        assert not image.get_channels()
        (found,) = image.get_paths()
        image.set_selected_paths([found])
        found.set_name("another")
        assert not host.path_anchors()
        image.select_item(Gimp.ChannelOps.REPLACE, found)
        pairs = list(zip(pictures.selection(image), spread(mask, W, H), strict=True))
        differ = sum((a > 127) != (b > 127) for a, b in pairs)
        assert differ <= 12, differ
        image.delete()
