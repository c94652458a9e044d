# SPDX-License-Identifier: GPL-3.0-or-later
"""All that touches Krita's API: nothing outside this folder imports `krita`."""
