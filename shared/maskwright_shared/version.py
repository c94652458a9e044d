# SPDX-License-Identifier: GPL-3.0-or-later
"""The two version numbers: of the program, and of the protocol that its parts speak."""

VERSION = "0.1.0"
"""Of the program. Plugin and daemon of different versions work together while the protocol is the same."""

PROTOCOL = 1
"""Of the wire. It grows whenever an old peer could misread a new message."""
