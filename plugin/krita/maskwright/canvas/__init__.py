# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over Krita's canvas: where a click enters, and where the mask, the prompts and the banner are drawn."""
