# SPDX-License-Identifier: GPL-3.0-or-later
"""The tint and the outline of a mask, as fine at 1600% as at 10%, drawn without ever holding Krita up.

The outline is made where it is seen, in the screen's own pixels: the mask is drawn through the view's transform, drawn
again some pixels to every side, and itself is taken out of that. This is done cell by cell, small enough for the
processor's cache; cells that are all inside or all outside cost next to nothing, and what does not fit into one paint
goes on in the next.
"""

from __future__ import annotations

import time
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

from maskwright_plugin.picking.state import Preview

from ..qt import QtCore, QtGui
from .mapping import Mapping
from .mask_alpha import MaskAlpha
from .tints import Tint

CELL = 128
"""Device pixels to a side of a cell: three images of it fit into a processor's second-level cache."""

BUDGET = 0.010
"""Seconds that one paint may spend on a mask that is not whole yet."""

_Mode = QtGui.QPainter.CompositionMode
_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
_CORNERS = ((-1, -1), (1, -1), (-1, 1), (1, 1))
DARK, LIGHT = QtGui.QColor(0, 0, 0, 200), QtGui.QColor(255, 255, 255, 255)


class Look(NamedTuple):
    """How a mask is shown: its tint, the line around it, and a line around that, or None."""

    tint: Any
    inner: Any
    outer: Any


def chosen_look(tint: Tint) -> Look:
    """Return how the mask that Enter applies is shown."""
    return Look(QtGui.QColor(*tint.value, 90), LIGHT, DARK)


def hover_look(tint: Tint) -> Look:
    """Return how a mask is shown that a click would make."""
    return Look(QtGui.QColor(255, 255, 255, 50), QtGui.QColor(*tint.value, 220), None)


CHOSEN, HOVER = chosen_look(Tint.BLUE), hover_look(Tint.BLUE)


class MaskPicture:
    """The picture of one mask after another, each kept until the mask, its look or the view changes."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self._key: Optional[Tuple[Any, ...]] = None
        self._alpha: Optional[MaskAlpha] = None
        self._alpha_of: Any = None
        self._drawing: Optional[_Drawing] = None

    def paint(
        self, painter: Any, preview: Preview, mapping: Mapping, ratio: float, budget: float = BUDGET
    ) -> bool:
        """Draw as much as there is after at most about `budget` seconds; return whether that is the whole mask.

        `ratio` is the widget's device pixel ratio.
        """
        key = (preview.alpha, preview.bounds, preview.view, mapping.key, ratio, self.look)
        if key != self._key:
            self._key, self._drawing = key, self._begin(preview, mapping, ratio)
        if self._drawing is None:
            return True
        whole = self._drawing.go_on(time.perf_counter() + budget)
        painter.drawImage(self._drawing.corner, self._drawing.image)
        return whole

    def _begin(self, preview: Preview, mapping: Mapping, ratio: float) -> Optional[_Drawing]:
        if preview.bounds.is_empty:
            return None
        if self._alpha is None or self._alpha_of != (preview.alpha, preview.bounds):
            self._alpha, self._alpha_of = MaskAlpha(preview), (preview.alpha, preview.bounds)
        places = [_spread(preview) * tile for tile in mapping.tiles()]
        area = _seen(places, preview, mapping)
        return None if area.isEmpty() else _Drawing(self._alpha, self.look, places, area, ratio)


def _spread(preview: Preview) -> Any:
    """Return the transform from the mask's pixels to the image's."""
    view, bounds = preview.view, preview.bounds
    spread = QtGui.QTransform.fromTranslate(view.x, view.y)
    spread.scale(view.width / view.columns, view.height / view.rows)
    return QtGui.QTransform.fromTranslate(bounds.x, bounds.y) * spread


def _seen(places: List[Any], preview: Preview, mapping: Mapping) -> Any:
    """Return the part of the widget, in whole logical pixels, that the mask and its outline may touch."""
    area, mask = QtCore.QRectF(), QtCore.QRectF(0, 0, preview.bounds.width, preview.bounds.height)
    for place in places:
        area = area.united(place.mapRect(mask))
    margin = 4
    widget = QtCore.QRectF(0, 0, *mapping.widget).adjusted(-margin, -margin, margin, margin)
    return QtCore.QRectF(area.adjusted(-margin, -margin, margin, margin).intersected(widget).toAlignedRect())


class _Drawing:
    """One mask on its way onto one image of device pixels; `corner` is where that lies on the widget."""

    def __init__(self, alpha: MaskAlpha, look: Look, places: List[Any], area: Any, ratio: float) -> None:
        self.corner = area.topLeft()
        self._alpha = alpha
        self._look = look
        self._line = max(1, round(ratio))
        self._margin = 2 * self._line + 1
        to_device = QtGui.QTransform.fromTranslate(-area.x(), -area.y()) * QtGui.QTransform.fromScale(
            ratio, ratio
        )
        self._places = [place * to_device for place in places]
        self._back = [place.inverted()[0] for place in self._places]
        self._smooth = abs(self._places[0].determinant()) < 1.0
        self._ratio = ratio
        self.image = _blank(round(area.width() * ratio), round(area.height() * ratio))
        self._scratch = [_blank(CELL + 2 * self._margin, CELL + 2 * self._margin) for _ in range(3)]
        self._painter: Any = None
        self._steps: Optional[Iterator[None]] = self._draw()

    def go_on(self, deadline: float) -> bool:
        """Draw until the deadline, at least one cell; return whether all is drawn."""
        if self._steps is None:
            return True
        self.image.setDevicePixelRatio(1.0)  # cells are whole device pixels
        self._painter = QtGui.QPainter(self.image)
        self._painter.setCompositionMode(_Mode.CompositionMode_Source)
        for _ in self._steps:
            if time.perf_counter() >= deadline:
                break
        else:
            self._steps = None
        self._painter.end()
        self.image.setDevicePixelRatio(self._ratio)
        return self._steps is None

    def _draw(self) -> Iterator[None]:
        """Fill what is all inside first, so that the mask is seen at once; the lines take longer."""
        edges = []
        for cell in _cells(self.image.width(), self.image.height()):
            within = self._within(cell)
            if within is None:
                edges.append(cell)
            elif within:
                self._painter.fillRect(cell, self._look.tint)
            yield
        for cell in edges:
            self._draw_edge(cell)
            yield

    def _within(self, cell: Any) -> Optional[bool]:
        reach = QtCore.QRectF(cell).adjusted(-self._margin, -self._margin, self._margin, self._margin)
        found = [self._alpha.within(back.mapRect(reach).adjusted(-1, -1, 1, 1)) for back in self._back]
        return True if True in found else None if None in found else False

    def _draw_edge(self, cell: Any) -> None:
        mask, near, far = self._scratch
        margin, look = self._margin, self._look
        self._draw_mask(mask, cell)
        _widen(mask, near, self._line, _SIDES + _CORNERS)
        if look.outer is not None:
            _widen(near, far, self._line, _SIDES)
            _colour(far, look.outer)
        else:
            far.fill(0)
        _colour(near, look.inner)
        painter = QtGui.QPainter(far)
        painter.drawImage(0, 0, near)
        painter.setCompositionMode(_Mode.CompositionMode_DestinationOut)
        painter.drawImage(0, 0, mask)
        _colour(mask, look.tint)
        painter.setCompositionMode(_Mode.CompositionMode_SourceOver)
        painter.drawImage(0, 0, mask)
        painter.end()
        self._painter.drawImage(
            cell.topLeft(), far, QtCore.QRect(margin, margin, cell.width(), cell.height())
        )

    def _draw_mask(self, target: Any, cell: Any) -> None:
        target.fill(0)
        painter = QtGui.QPainter(target)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
        shift = QtGui.QTransform.fromTranslate(self._margin - cell.x(), self._margin - cell.y())
        for place in self._places:
            painter.setTransform(place * shift)
            painter.drawImage(0, 0, self._alpha.image)
        painter.end()


def _cells(width: int, height: int) -> Iterator[Any]:
    whole = QtCore.QRect(0, 0, width, height)
    for y in range(0, height, CELL):
        for x in range(0, width, CELL):
            yield QtCore.QRect(x, y, CELL, CELL).intersected(whole)


def _blank(width: int, height: int) -> Any:
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return image


def _widen(source: Any, target: Any, step: int, ways: Tuple[Tuple[int, int], ...]) -> None:
    """Draw `source` onto `target` at its place and `step` pixels away from it in some ways."""
    painter = QtGui.QPainter(target)
    painter.setCompositionMode(_Mode.CompositionMode_Source)
    painter.drawImage(0, 0, source)
    painter.setCompositionMode(_Mode.CompositionMode_SourceOver)
    for x, y in ways:
        painter.drawImage(x * step, y * step, source)
    painter.end()


def _colour(image: Any, colour: Any) -> None:
    """Give what is drawn on an image this colour."""
    painter = QtGui.QPainter(image)
    painter.setCompositionMode(_Mode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), colour)
    painter.end()
