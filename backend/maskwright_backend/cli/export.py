# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright models export`: from a checkpoint that the user has to a model folder, checked against it.

It runs in this process and not in the daemon, which never loads PyTorch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ModelError
from maskwright_shared.places import find_places

if TYPE_CHECKING:
    import argparse


def add_to(actions: Any) -> None:
    """Add the action to those of `maskwright models`."""
    parser = actions.add_parser(
        "export",
        help="make a model of a PyTorch checkpoint",
        description="Export a checkpoint to ONNX, check that the graphs give the checkpoint's own masks, and "
        "install them. Needs the extra 'export' (PyTorch and transformers); HQ-SAM and SAM-HQ also need a clone "
        "of their authors' repository.",
    )
    parser.add_argument("model", metavar="ID", help="what the checkpoint is; see 'maskwright models list'")
    parser.add_argument(
        "checkpoint", type=Path, metavar="CHECKPOINT", help="its file, or transformers' folder"
    )
    parser.add_argument("--clone", type=Path, metavar="FOLDER", help="the clone of the authors' repository")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from ..store.catalogue import find  # noqa: PLC0415 - only this command needs them

    card = find(arguments.model).card
    if not arguments.checkpoint.exists():
        raise ModelError("model.export", f"There is no checkpoint {arguments.checkpoint}.")
    try:
        from ..models.export.folder import export_model  # noqa: PLC0415 - PyTorch
        from ..models.export.sources import open_source  # noqa: PLC0415
    except ImportError as error:
        sentence = f"The package '{error.name}' is missing: install Maskwright with its extra 'export'."
        raise ModelError("model.export", sentence) from error
    source = open_source(card.id, arguments.checkpoint, arguments.clone)
    folder = export_model(source, card, find_places().models)
    print(f"{card.id} is installed in {folder}; its masks are the checkpoint's own.")
    print(f"Licence of the weights: {card.licence}.")
    for told in card.details.get("restrictions", ()):
        print(told)
    return 0
