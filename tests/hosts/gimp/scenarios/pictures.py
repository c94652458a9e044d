# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of every type, made inside GIMP with pixels that say where they are."""

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp  # noqa: E402

Gegl.init(None)

BASES = {
    "rgb": Gimp.ImageBaseType.RGB,
    "gray": Gimp.ImageBaseType.GRAY,
    "indexed": Gimp.ImageBaseType.INDEXED,
}
PLAIN = {"rgb": "RGB_IMAGE", "gray": "GRAY_IMAGE", "indexed": "INDEXED_IMAGE"}
ALPHA = {"rgb": "RGBA_IMAGE", "gray": "GRAYA_IMAGE", "indexed": "INDEXEDA_IMAGE"}
PRECISIONS = [
    "U8_LINEAR", "U8_NON_LINEAR", "U8_PERCEPTUAL", "U16_LINEAR", "U16_NON_LINEAR", "U16_PERCEPTUAL",
    "U32_LINEAR", "U32_NON_LINEAR", "U32_PERCEPTUAL", "HALF_LINEAR", "HALF_NON_LINEAR", "HALF_PERCEPTUAL",
    "FLOAT_LINEAR", "FLOAT_NON_LINEAR", "FLOAT_PERCEPTUAL", "DOUBLE_LINEAR", "DOUBLE_NON_LINEAR",
    "DOUBLE_PERCEPTUAL",
]  # fmt: skip
PROFILES = {
    "": None,
    "adobe": Gimp.ColorProfile.new_rgb_adobe,
    "linear": Gimp.ColorProfile.new_rgb_srgb_linear,
    "grey": Gimp.ColorProfile.new_d50_gray_lab_trc,
}


def new_image(width, height, base="rgb", precision="U8_NON_LINEAR", profile=""):
    image = Gimp.Image.new_with_precision(width, height, BASES[base], getattr(Gimp.Precision, precision))
    if base == "indexed":
        palette = Gimp.Palette.new("test")
        for level in range(0, 256, 5):
            colour = Gegl.Color.new("black")
            colour.set_rgba(level / 255, (255 - level) / 255, (level * 3 % 256) / 255, 1.0)
            palette.add_entry("", colour)
        image.set_palette(palette)
    if PROFILES[profile] is not None:
        assert image.set_color_profile(PROFILES[profile]()), profile
    return image


def add_layer(image, width, height, x=0, y=0, alpha=False, parent=None, name="layer", pixels=None):
    base = {value: key for key, value in BASES.items()}[image.get_base_type()]
    kind = getattr(Gimp.ImageType, (ALPHA if alpha else PLAIN)[base])
    layer = Gimp.Layer.new(image, name, width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(x, y)
    layout = "R'G'B'A u8" if alpha else "R'G'B' u8"
    write(layer, layout, pixels or coloured(width, height, alpha))
    return layer


def add_filter(layer, operation, **settings):
    """Put a non-destructive filter on a layer."""
    new = Gimp.DrawableFilter.new(layer, operation, operation)
    config = new.get_config()
    for name, value in settings.items():
        config.set_property(name, value)
    layer.append_filter(new)
    return new


def coloured(width, height, alpha=False):
    """Pixels whose colour says where they are; with alpha the opacity does, too."""
    out = bytearray()
    for y in range(height):
        for x in range(width):
            out += bytes((x * 4 % 256, y * 5 % 256, (x * 3 + y * 5) % 256))
            if alpha:
                out.append(255 if (x // 4 + y // 3) % 3 else (x * 9 + y) % 256)
    return bytes(out)


def rectangle(drawable):
    return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())


def write(drawable, layout, data):
    buffer = drawable.get_buffer()
    buffer.set(rectangle(drawable), layout, data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def read(drawable, layout):
    return bytes(drawable.get_buffer().get(rectangle(drawable), 1.0, layout, Gegl.AbyssPolicy.NONE))


def native(drawable):
    """The drawable's own numbers, in its own format."""
    buffer = drawable.get_buffer()
    return bytes(buffer.get(rectangle(drawable), 1.0, None, Gegl.AbyssPolicy.NONE))


def numbers(channel):
    """A channel's, mask's or the selection's own numbers as 0 to 255, whatever its format is."""
    image = channel.get_image()
    kept = None if Gimp.Selection.is_empty(image) else Gimp.Selection.save(image)
    image.select_item(Gimp.ChannelOps.REPLACE, channel)
    found = read(image.get_selection(), "Y u8")
    if kept is None:
        Gimp.Selection.none(image)
    else:
        image.select_item(Gimp.ChannelOps.REPLACE, kept)
        image.remove_channel(kept)
    return found


def selection(image):
    return read(image.get_selection(), "Y u8")


def numbers_of_mask(layer):
    """A layer mask's own numbers over the layer's own pixels, those outside of the image included."""
    mask = layer.get_mask()
    return read(mask, "Y u8")
