# SPDX-License-Identifier: GPL-3.0-or-later
"""Krita's docker: the choices, the candidates, the setup."""
