# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that the dialog shows and that are written elsewhere: by the daemon, the launcher, the setup.

What stands in braces differs from time to time.
"""

from __future__ import annotations

from typing import Tuple

SENTENCES: Tuple[str, ...] = (
    "A Maskwright daemon of another version ({version}) is running: close what uses it.",
    "Another program holds {path}: end it, or remove that file, then try again.",
    "Building Maskwright",
    "Checking",
    "Checking what is there",
    "Downloading Python",
    "Looking for Python",
    "Making the environment",
    "Maskwright could not ask its backend for this: try it another way.",
    "Ready",
    "The Maskwright backend cannot be started ({reason}): set it up again.",
    "The Maskwright backend is not set up: run install.py, or press Set up in Krita's or GIMP's Maskwright.",
    "The Maskwright daemon (process {pid}) cannot be ended: end it by hand.",
    "The Maskwright daemon did not come up in time: see {path}.",
    "The Maskwright daemon does not answer: restart it.",
    "The Maskwright daemon dropped this program, which read no answers: try again.",
    "The Maskwright daemon hangs: restart it (in a terminal: maskwright daemon stop).",
    "The Maskwright daemon is not running.",
    "The Maskwright daemon stopped as soon as it was started: see {path}.",
    "The Maskwright daemon was restarted: try again.",
    "The connection file {path} is damaged: restart the daemon.",
    "The connection file {path} is open to other users: remove it and start anew.",
    "The daemon is stopping: try again.",
    "The daemon no longer has this image: put it again.",
    "The disk is full: free about 1 GB, then start the setup again.",
    "The disk is full: {path} cannot be written. Free some room, then try again.",
    "The folder {path} cannot be used ({reason}): set MASKWRIGHT_RUNTIME to one that can.",
    "The folder {path} is not yours: remove it or set MASKWRIGHT_RUNTIME.",
    "The folder {path} is open to other users: set MASKWRIGHT_RUNTIME to your own, or close this one (chmod 700).",
    "The image was closed.",
    "The mask is being made already: wait a moment.",
    "The model in {path} lacks encoder.onnx or decoder.onnx: install it again.",
    "The model {model} is damaged: {file} {state}. Install it again.",
    "The model's card {path} is refused: {reason}.",
    "The model's file {path} is missing: install the model again.",
    "The package index cannot be reached: check the network connection, then start the setup again.",
    "The setup was cancelled: start it again to finish it.",
    "There is no mask yet: click the object first.",
    "There is no model '{model}'; there are: {models}.",
    "There is not enough memory for this image: scale it down.",
    "This model gives {count} candidates: choose one from 0 to {last}.",
    "This plugin was installed without its backend: install it again from the zip or by install.py.",
    "Waiting for another setup",
    "{path} cannot be used ({reason}): mend that, or set MASKWRIGHT_HOME to a folder that can be.",
    "{path} cannot be written ({reason}): make it yours, or set MASKWRIGHT_HOME to a folder that is.",
)
