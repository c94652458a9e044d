# SPDX-License-Identifier: GPL-3.0-or-later
"""One picking of an object, whatever the editor: prompts, the way to an encoded image, candidates, masks."""
