# SPDX-License-Identifier: GPL-3.0-or-later
"""`maskwright segment IMAGE`: prompts in, a mask out, through the daemon."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskwright_shared.errors import ImageError, RequestError
from maskwright_shared.geometry import Bounds, Box, Point
from maskwright_shared.messages import Apply, Encode, MaskInfo, MaskOptions, MaskPrompt, Masks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maskwright_shared.client import Client

    Pixels = NDArray[np.uint8]

SUFFIX = "-mask.png"


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-commands."""
    parser = commands.add_parser(
        "segment",
        help="make a mask of an object",
        description="Make the mask of an object from points, a box or an earlier mask. Coordinates are pixels "
        "of the image as it is shown (EXIF orientation applied), the origin is at the top left.",
    )
    parser.add_argument("image", type=Path, metavar="IMAGE", help="JPEG, PNG, TIFF, WebP, ...")
    prompts = parser.add_argument_group("prompts, in any mix")
    prompts.add_argument(
        "--point", type=_pair, action="append", default=[], metavar="X,Y", help="on the object"
    )
    prompts.add_argument(
        "--background", type=_pair, action="append", default=[], metavar="X,Y", help="not on it"
    )
    prompts.add_argument(
        "--box", type=_box, metavar="X0,Y0,X1,Y1", help="around the object, by any two opposite corners"
    )
    prompts.add_argument(
        "--mask",
        type=Path,
        metavar="PNG",
        help="an earlier or rough mask of the image's size; "
        "its alpha counts where it is not opaque everywhere, else its grey: white is inside",
    )
    _add_outputs(parser)
    _add_options(parser)
    parser.add_argument("--model", metavar="ID", default="", help="see 'maskwright models list'")
    parser.add_argument("--candidate", type=int, metavar="N", help="take this one of the model's candidates")
    parser.set_defaults(run=run)


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument(
        "-o", "--output", type=Path, metavar="PNG", help=f"the mask (default: IMAGE{SUFFIX} here)"
    )
    outputs.add_argument(
        "--overlay", type=Path, metavar="PNG", help="the image with mask and prompts drawn on it"
    )
    outputs.add_argument("--cutout", type=Path, metavar="PNG", help="the object alone, on transparency")
    outputs.add_argument(
        "--candidates", action="store_true", help="also write every candidate, as PNG.0.png, ..."
    )
    outputs.add_argument("--json", action="store_true", help="print what was made as JSON")


def _add_options(parser: argparse.ArgumentParser) -> None:
    options = parser.add_argument_group("mask options; lengths are pixels of the image")
    options.add_argument(
        "--threshold", type=float, default=0.0, metavar="LOGIT", help="where the model's logits are cut"
    )
    options.add_argument("--hard", action="store_true", help="0 and 255 alone, no soft edge")
    options.add_argument(
        "--refine", action=argparse.BooleanOptionalAction, help="let the edge follow the pixels"
    )
    options.add_argument(
        "--grow", type=float, default=0.0, metavar="PX", help="move the edge out (in when negative)"
    )
    options.add_argument("--feather", type=float, default=0.0, metavar="PX", help="blur the edge")
    options.add_argument(
        "--fill-holes", type=int, default=0, metavar="AREA", help="up to this area; -1 for all"
    )
    options.add_argument("--drop-islands", type=int, default=0, metavar="AREA", help="up to this area")
    options.add_argument(
        "--keep", choices=["all", "clicked", "largest"], default="all", help="which parts stay"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it, and return 0."""
    from ..imaging.files import read_image  # noqa: PLC0415
    from .progress import ProgressBar  # noqa: PLC0415
    from .reach import reach  # noqa: PLC0415

    _check_folders(arguments)
    pixels = read_image(arguments.image)
    _check_prompts(arguments, pixels.shape[1], pixels.shape[0])
    with reach() as client, ProgressBar() as bar:
        job = Segmentation(client, arguments, pixels, bar.show)
        report = job.run()
    print(json.dumps(report, indent=2) if arguments.json else _sentence(report, _strays(arguments)))
    return 0


class Segmentation:
    """One run of the command on an open connection."""

    def __init__(self, client: Client, arguments: argparse.Namespace, pixels: Pixels, progress: Any) -> None:
        self._client = client
        self._arguments = arguments
        self._pixels = pixels
        self._progress = progress
        self._model = arguments.model or client.welcome.default_model

    def run(self) -> dict[str, Any]:
        """Segment, write what was asked for, and return the report."""
        image = self._put(self._pixels)
        encoded = self._client.request(Encode(image, self._model), progress=self._progress)
        request = self._request(image)
        started = time.perf_counter()
        masks = self._client.request(request)
        click = time.perf_counter() - started
        alpha = _whole(masks)
        info = masks.masks[0]
        return {
            "image": str(self._arguments.image),
            "width": masks.width,
            "height": masks.height,
            "model": self._model,
            "provider": masks.provider,
            "encode_seconds": round(encoded.seconds, 4),
            "click_milliseconds": round(1000 * click, 2),
            "decoder_milliseconds": round(masks.milliseconds, 2),
            **_described(info),
            "files": {**self._write(alpha), **self._write_candidates(request, masks)},
        }

    def _put(self, pixels: Pixels) -> str:
        height, width, channels = pixels.shape
        layout = {1: "GRAY", 3: "RGB", 4: "RGBA"}[channels]
        return self._client.put_image(width, height, layout, pixels).image

    def _request(self, image: str) -> Apply:
        given = self._arguments
        points = [Point(x, y) for x, y in given.point] + [
            Point(x, y, foreground=False) for x, y in given.background
        ]
        return Apply(
            image=image,
            model=self._model,
            points=tuple(points),
            box=given.box,
            mask=self._mask_prompt(),
            candidate=given.candidate,
            options=MaskOptions(
                threshold=given.threshold,
                edge="hard" if given.hard else "soft",
                refine=given.refine,
                grow=given.grow,
                feather=given.feather,
                fill_holes=given.fill_holes,
                drop_islands=given.drop_islands,
                keep=given.keep,
            ),
        )

    def _mask_prompt(self) -> MaskPrompt | None:
        if self._arguments.mask is None:
            return None
        from ..imaging.files import read_mask  # noqa: PLC0415

        height, width = self._pixels.shape[:2]
        return MaskPrompt(self._put(read_mask(self._arguments.mask, width, height)[..., None]))

    def _write(self, alpha: Pixels) -> dict[str, str]:
        from ..imaging import pictures  # noqa: PLC0415
        from ..imaging.files import write_png  # noqa: PLC0415

        given = self._arguments
        files = {}
        if (path := self._mask_path()) is not None:
            write_png(path, alpha)
            files["mask"] = str(path)
        if given.overlay is not None:
            write_png(
                given.overlay, pictures.overlay(self._pixels, alpha, given.point, given.background, given.box)
            )
            files["overlay"] = str(given.overlay)
        if given.cutout is not None:
            write_png(given.cutout, pictures.cutout(self._pixels, alpha))
            files["cutout"] = str(given.cutout)
        return files

    def _mask_path(self) -> Path | None:
        given = self._arguments
        if given.output is not None:
            return Path(given.output)
        wanted = given.overlay is None and given.cutout is None
        return Path(given.image.stem + SUFFIX) if wanted or given.candidates else None

    def _write_candidates(self, request: Apply, masks: Masks) -> dict[str, str]:
        if not self._arguments.candidates:
            return {}
        import dataclasses  # noqa: PLC0415

        from ..imaging.files import write_png  # noqa: PLC0415

        files = {}
        base = self._mask_path() or Path("mask.png")
        for index in range(masks.candidates):
            reply = self._client.request(dataclasses.replace(request, candidate=index))
            path = base.with_name(f"{base.stem}.{index}.png")
            write_png(path, _whole(reply))
            files[f"candidate {index} ({_score(reply.masks[0])})"] = str(path)
        return files


def _whole(masks: Masks) -> Pixels:
    """Return a reply's first mask as an array of the image's size."""
    import numpy as np  # noqa: PLC0415

    alpha = np.zeros((masks.height, masks.width), np.uint8)
    info = masks.masks[0]
    bounds: Bounds = info.bounds
    if not bounds.is_empty:
        crop = np.frombuffer(b"".join(masks.alpha[: info.frames]), np.uint8).reshape(
            bounds.height, bounds.width
        )
        alpha[bounds.y : bounds.bottom, bounds.x : bounds.right] = crop
    return alpha


def _described(info: MaskInfo) -> dict[str, Any]:
    return {
        "candidate": info.candidate,
        "score": info.score,
        "stability": info.stability,
        "area": info.area,
        "bounds": list(info.bounds),
    }


def _score(info: MaskInfo) -> str:
    return "no score" if info.score is None else f"predicted IoU {info.score:.2f}"


def _strays(arguments: argparse.Namespace) -> list[str]:
    """Return a sentence for each point on the object that its own box leaves out: allowed, but seldom meant."""
    box = arguments.box
    if box is None:
        return []
    return [
        f"The point {x:g},{y:g} lies outside the box from {box.x0:g},{box.y0:g} to {box.x1:g},{box.y1:g}: "
        "leave one of the two out if too little is selected."
        for x, y in arguments.point
        if not (box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)
    ]


def _sentence(report: dict[str, Any], notes: list[str]) -> str:
    lines = [f"{name}: {path}" for name, path in report["files"].items()]
    share = report["area"] / (report["width"] * report["height"])
    lines.append(
        f"{share:.1%} of the image by {report['model']}: encoded in {report['encode_seconds']:.2f} s, "
        f"the click took {report['click_milliseconds']:.0f} ms."
    )
    return "\n".join([*lines, *notes])


def _check_folders(arguments: argparse.Namespace) -> None:
    """Refuse a folder that is not there before anything is computed: it may be a slip of the pen."""
    for path in (arguments.output, arguments.overlay, arguments.cutout):
        if path is not None and not path.parent.is_dir():
            raise ImageError("image.write", f"The folder {path.parent} does not exist: make it first.")


def _check_prompts(arguments: argparse.Namespace, width: int, height: int) -> None:
    if not arguments.point and not arguments.background and arguments.box is None and arguments.mask is None:
        raise RequestError("request.prompt", "There is nothing to segment by: give --point, --box or --mask.")
    for x, y in arguments.point + arguments.background:
        if not (0 <= x <= width and 0 <= y <= height):
            raise RequestError(
                "request.prompt",
                f"The point {x:g},{y:g} lies outside the image, which has {width} x {height} pixels.",
            )
    box = arguments.box
    if box is not None and (box.x1 <= 0 or box.y1 <= 0 or box.x0 >= width or box.y0 >= height):
        raise RequestError(
            "request.prompt", f"The box lies outside the image, which has {width} x {height} pixels."
        )


def _numbers(text: str, count: int, example: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or not all(abs(value) < 1e6 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form {example}")
    return values


def _pair(text: str) -> tuple[float, float]:
    x, y = _numbers(text, 2, "X,Y")
    return x, y


def _box(text: str) -> Box:
    box = Box.spanning(*_numbers(text, 4, "X0,Y0,X1,Y1"))
    if box.x0 == box.x1 or box.y0 == box.y1:
        raise argparse.ArgumentTypeError(f"the box '{text}' is empty: give two opposite corners")
    return box
