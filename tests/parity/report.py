# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the comparison."""

from __future__ import annotations

import platform
from importlib.metadata import version

from .compare import IOU_AT_LEAST, SCORES_WITHIN

HEADING = """# Parity with the reference implementations

Made by `python -m tests.parity --clones FOLDER --output docs/parity.md`; do not edit. Real architectures with
**random weights** (seed {seed}), scaled so that masks are of middling size: no trained model was run. Each was
exported to ONNX with the documented tensors, put into a model folder, and asked through a daemon process of its
own: the picture over the wire, encoded, every candidate as a preview in the image's own pixels and by *Apply*
(which must be the same), with a hard edge and not refined. Its reference got the same picture and prompts:
SAM 2.1 is transformers' Sam2Model (darktable's tensors: facebookresearch's float resize; pre-converted:
transformers' own processor; "meta": exported from a file in Meta's format, against Meta's own predictor), HQ-SAM the
predictors of SysCV's repository, SAM and MobileSAM the SamPredictor of theirs. Their decoders were written by their
authors' `scripts/export_onnx_model.py`; today's PyTorch must be told `dynamo=False` for it. The image encoder of SAM
was traced as it is, that of MobileSAM with the normalising and padding before it, as exporters of both kinds are
about. "Click and feedback" feeds the chosen mask of the click before back to both sides, at the daemon by its
`mask_id`; the pre-converted model has no mask input.

SegNext was written by darktable-ai's conversion, and its reference is its authors' predictor, told one click after
another, as the daemon does too. It takes no box (Maskwright draws one as an earlier mask, with a click in its
middle), so that there is nothing to compare with. The mask before stays in the square of 1024 x 1024 on both sides,
where darktable's tensor has it; the predictor by itself takes it by way of the image's own size, which with the
noisy masks of random weights makes an IoU of 0.988 at 517 x 389. Its decoder normalises groups of 8 million values,
in which ONNX Runtime is off by 0.0013 (of values of deviation 1), and PyTorch by 0.0000005.

Checkpoints of random weights, in the format of each model's authors, are written by `python -m
tests.parity.checkpoints`: `maskwright models import`, `export` and the authors' own scripts can be tried with them.
With `--converted` the same comparison is made of graphs that a daemon made of such a checkpoint without PyTorch:
it is pulled from a local server, and the reference is the authors' own code. Those systems are called `own-...`.

The figures are the worst of all candidates: the largest difference of the logits, which do not cross the wire and
come from the same folder loaded without a daemon; the largest difference of the predicted IoU; the smallest IoU
of the masks at the image's own size; how many pixels differ, and how far from the threshold the reference's
logits are there at most; what part of the image the masks cover (of one pixel, all or nothing).

A pixel that differs although its logit lies within the difference of the logits is rounding: ONNX Runtime and
PyTorch add up in another order. Where such a pixel is one of a few thousand, it can cost more than the aim for the
IoU allows: an image of 4000 x 3 has three equal rows for a padded model, so one column is three pixels; a mask of
30 % of it has 3,600 pixels, so that one of them alone is 0.00028. The way from the logits to the image can have a
part too: PyTorch's, in single precision, was off by up to 0.0003 at 4000 x 3 for a padded model, which is what
sam-vit-b misses one row by. For a model whose images are stretched it has hardly any: given the reference's own
logits (sam2.1-hiera-tiny, every prompt but the feedback), it made the reference's masks in all 180,000 pixels at
4000 x 3, in all but 2 of 3.0 million at 517 x 389, and in all but 20 of 25.6 million at 1600 x 1067.

Aims: predicted IoU within {scores:g}, mask IoU at least {iou}; logits within 0.001 (pre-converted: 0.05,
SegNext: 0.02).

{versions}, {machine}.

"""
PACKAGES = ("torch", "transformers", "onnxruntime", "pillow", "numpy")


def table(results, seed, earlier="", order=()):
    """Return the report as Markdown; sections of other systems are kept from an `earlier` report."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    heading = HEADING.format(
        seed=seed, scores=SCORES_WITHIN, iou=IOU_AT_LEAST, versions=versions, machine=platform.machine()
    )
    sections = dict(_sections(earlier))
    for name in dict.fromkeys(result.system for result in results):
        sections[name] = _section([result for result in results if result.system == name])
    names = [*(name for name in order if name in sections), *(name for name in sections if name not in order)]
    return heading + "\n\n".join(f"## {name}\n\n{sections[name]}" for name in names) + "\n"


def _sections(report):
    for part in report.split("\n## ")[1:]:
        name, _, text = part.partition("\n")
        yield name, text.strip()


def _section(results):
    columns = (
        "| image | prompts | logits | predicted IoU | mask IoU | pixels that differ | covered |\n"
        "|---|---|---|---|---|---|---|"
    )
    return "\n".join([f"{_summary(results)}\n", columns, *map(row, results)])


def _summary(results):
    missed = [result for result in results if not result.is_within]
    state = "**Not all within their aims**" if missed else "All within their aims"
    if missed and all(map(_is_rounding, missed)):
        state = f"All within their aims, but for rounding in {len(missed)} of {len(results)} rows (!)"
    logits, iou = max(result.logits for result in results), min(result.iou for result in results)
    scores = max((result.scores for result in results if result.scores is not None), default=None)
    return f"{state}: logits {logits:.2g}, predicted IoU {_shown(scores, '.2g')}, mask IoU {iou:.6f}."


def _shown(scores, how):
    return "none" if scores is None else format(scores, how)


def _is_rounding(result):
    """Whether the mask alone misses its aim, by pixels nearer to the threshold than the logits are to each other."""
    return result.logits <= result.logits_within and result.has_its_scores and result.margin <= result.logits


def row(result):
    """Return the line of one image and prompt."""
    low, high = (f"{100 * share:.0f}" for share in result.covered)
    columns = (
        f"{result.size[0]} x {result.size[1]}",
        result.case,
        f"{result.logits:.1e}{'' if result.is_within else ' (!)'}",
        _shown(result.scores, ".1e"),
        f"{result.iou:.6f}",
        f"{result.pixels}, within {result.margin:.0e}" if result.pixels else "none",
        f"{low} to {high} %",
    )
    return f"| {' | '.join(columns)} |"
