# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the authors' code answers with made-up weights, to which each template's decoder is compared.

    python -m conversion.make_answers [ID]...

It needs what `make_templates` needs.
"""

from __future__ import annotations

import argparse
import json

import torch

from maskwright_backend.models.checkpoints.made_up import ANSWERS, inputs, samples, weight

from .architectures import ARCHITECTURES


def main():
    """Write the answers of the architectures that are named, or of all; the others' stay."""
    parser = argparse.ArgumentParser(
        prog="python -m conversion.make_answers", description=__doc__.splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="ID", help="which; all when none is named")
    options = parser.parse_args()
    answers = json.loads(ANSWERS.read_text()) if ANSWERS.is_file() else {}
    for name in options.names or ARCHITECTURES:
        answers[name] = answers_of(ARCHITECTURES[name]()["decoder"])
        ANSWERS.write_text(json.dumps(dict(sorted(answers.items()))) + "\n")
        print(name)


def answers_of(graph):
    """Return samples of what a decoder answers in PyTorch."""
    with torch.no_grad():
        for name, value in (*graph.module.named_parameters(), *graph.module.named_buffers()):
            if value.dtype == torch.float32:
                value.copy_(torch.from_numpy(weight(graph.renamed(name), value.shape)))
        fed = inputs({name: tuple(value.shape) for name, value in graph.inputs.items()})
        found = graph.module(*(torch.from_numpy(fed[name]) for name in graph.inputs))
    named = dict(zip(graph.outputs, found, strict=True))
    return samples({name: named[name].numpy() for name in graph.kept or graph.outputs})


if __name__ == "__main__":
    main()
