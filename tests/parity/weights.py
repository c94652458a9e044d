# SPDX-License-Identifier: GPL-3.0-or-later
"""Random weights with a fixed seed, lively enough that image and prompts both matter, and masks of middling size."""

from __future__ import annotations

import torch
from torch import nn

GAIN = 1.0
DEVIATION = 4.0


def randomise(model, seed):
    """Give every parameter of a model fresh values: matrices by their fan-in, norms near 1, tables near 1."""
    generator = torch.Generator().manual_seed(seed)
    norms = {
        id(p)
        for m in model.modules()
        if "norm" in type(m).__name__.lower()
        for p in m.parameters(recurse=False)
    }
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    with torch.no_grad():
        for name, value in sorted(model.named_parameters()):
            noise = torch.randn(value.shape, generator=generator)
            if id(value) in norms:
                value.copy_(noise * 0.1 + (1.0 if name.endswith("weight") else 0.0))
            elif id(value) in tables:
                value.copy_(noise)
            elif value.dim() < 2 or "pos_embed" in name or "rel_pos" in name:
                value.copy_(noise * 0.1)
            else:
                value.copy_(noise * GAIN / (value[0].numel() ** 0.5))
        for name, value in sorted(model.named_buffers()):  # the batch norms' statistics
            if name.endswith("running_mean"):
                value.copy_(torch.randn(value.shape, generator=generator) * 0.1)
            elif name.endswith("running_var"):
                value.fill_(1.0)
    return model.eval()


class Watch:
    """Remembers what modules were last given and what they returned."""

    def __init__(self, *modules):
        self.given, self.returned = {}, {}
        self.hooks = [module.register_forward_hook(self._keep) for module in modules]

    def _keep(self, module, given, returned):
        self.given[module], self.returned[module] = given, returned

    def close(self):
        for hook in self.hooks:
            hook.remove()


def centre_masks(hypernetworks, last_layer, upscaled, runs):
    """Shift and scale the hypernetworks until each one's mask covers a good part of the image on each of `runs`.

    A mask is the product of a hypernetwork's output and an upscaled embedding. Taking the embeddings' mean
    directions out of the hypernetwork's last layer centres the mask on 0. `upscaled(watch)` returns the
    (k, h * w) embedding for each hypernetwork after a run.
    """
    watch = Watch(*hypernetworks, *upscaled.modules)
    with torch.no_grad():
        embeddings = [_after(run, lambda: upscaled(watch)) for run in runs]
        for index, network in enumerate(hypernetworks):
            means = torch.stack([found[index].mean(dim=1) for found in embeddings], dim=1)
            basis, _ = torch.linalg.qr(means)
            layer = last_layer(network)
            layer.weight.sub_(basis @ (basis.T @ layer.weight))
            layer.bias.sub_(basis @ (basis.T @ layer.bias))
        runs[-1]()
        for network, embedding in zip(hypernetworks, embeddings[-1], strict=True):
            layer, hyper = last_layer(network), watch.returned[network].flatten()
            scale = DEVIATION / (hyper @ embedding).std()
            layer.weight.mul_(scale)
            layer.bias.mul_(scale)
    watch.close()


def centre_convolution(last, runs):
    """Do the same with a mask that is the output of a convolution of 1 x 1 pixels."""
    watch = Watch(last)
    with torch.no_grad():
        given = [_after(run, lambda: watch.given[last][0][0].flatten(1)) for run in runs]
        basis, _ = torch.linalg.qr(torch.stack([values.mean(dim=1) for values in given], dim=1))
        weight = last.weight.flatten(1)
        weight = weight - weight @ basis @ basis.T
        weight *= DEVIATION / (weight @ given[-1]).std()
        last.weight.copy_(weight[..., None, None])
        last.bias.zero_()
    watch.close()


def _after(run, read):
    run()
    return read()
