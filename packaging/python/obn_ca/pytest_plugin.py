"""Fixtures for pytest, there as soon as the package is installed."""

import pytest

from . import Simulator


@pytest.fixture(scope="session")
def obn_ca_simulator():
    """One simulator for the run."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def obn_ca(obn_ca_simulator):
    """A world of the test's own: ``obn_ca.portal``, ``obn_ca.root_file``, ``obn_ca.issue()``, ``obn_ca.advance("181d")``."""
    with obn_ca_simulator.world() as world:
        yield world
