# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMPs for the tests: one without windows for each release, one with."""

import contextlib

import pytest
from tests.hosts.conftest import debian
from tests.hosts.gimp.desktop import Desktop
from tests.hosts.gimp.harness import CHECKOUT, Gimp, Home

COFFEE = str(CHECKOUT / "examples" / "coffee.png")


@contextlib.contextmanager
def running(release, display=None, extra=None):
    """A GIMP of that Debian release with a home of its own."""
    root = debian(release)
    home = Home(release, root)
    gimp = None
    try:
        gimp = Gimp(root, home, display, extra)
        yield gimp
    finally:
        if gimp is not None:
            gimp.close()
        home.close()


@pytest.fixture(scope="session", params=["trixie", "forky"], ids=["3.0", "3.2"])
def gimp(request):
    """GIMP without windows, 3.0 and 3.2 in turn."""
    with running(request.param) as gimp:
        yield gimp


@pytest.fixture(
    scope="session", params=["trixie", pytest.param("forky", marks=pytest.mark.slow)], ids=["3.0", "3.2"]
)
def desktop(request):
    """A screen with a window manager, on which GIMP runs with the spy in its plug-ins."""
    root = debian(request.param)
    home = Home(request.param, root)
    with contextlib.ExitStack() as stack:
        stack.callback(home.close)
        yield stack.enter_context(Desktop(root, home))


@pytest.fixture
def image(desktop):
    """The photograph, open in a window; what the dialog remembers of it is forgotten in the end."""
    number = desktop.run("windows:show", path=COFFEE)
    yield number
    desktop.dismiss()
    desktop.run("windows:close", number=number)
    desktop.forget()
