"""One released clinic beside its network."""

from __future__ import annotations

import pytest
from exhibits.made_up import RULES, make_release


@pytest.fixture
def rules():
    return RULES


@pytest.fixture
def release():
    return make_release()
