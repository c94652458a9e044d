# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon: one process for each user that owns the socket, the images and the models."""
