# SPDX-License-Identifier: GPL-3.0-or-later
"""Picking in one view: what clicks and keys mean, the pixels they mean it for, and the way to an applied mask."""

from .picking import Picking

__all__ = ["Picking"]
