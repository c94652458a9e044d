# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a click is drawn: the picture, the mask and the prompts over it, and which part of the image is seen."""
