# SPDX-License-Identifier: GPL-3.0-or-later
"""After every output, after Ctrl+Z and after Ctrl+Y the layers that were chosen are chosen, docks and all."""

import pytest
from tests.hosts.conftest import debian
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import Home

pytestmark = [pytest.mark.gimp, pytest.mark.slow, pytest.mark.timeout(200)]
OUTPUTS = ("selection", "layer-mask", "channel", "new-layer", "path")


@pytest.fixture(scope="module", params=["trixie", "forky"], ids=["3.0", "3.2"])
def docked(request):
    """GIMP as its users have it, with the docks for layers and channels."""
    root = debian(request.param)
    home = Home(request.param, root)
    (home.profile / "sessionrc").unlink()
    try:
        with Desktop(root, home) as desktop:
            yield desktop
    finally:
        home.close()


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_same_layers_stay_chosen(docked, output):
    assert docked.run("choosing:through_undo_and_redo", output=output) == [["chosen"]] * 6
