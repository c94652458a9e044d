# SPDX-License-Identifier: GPL-3.0-or-later
"""The editor side of Maskwright without any editor: host, backend, object session. Standard library and shared only."""
