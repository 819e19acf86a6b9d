"""A few of the sound set, bounded: `tox -e sound` tries all of it, with three seeds."""

import pytest
from sound_set import BROKEN_DRESSES, QUICK, Dress, findings


@pytest.mark.long
@pytest.mark.parametrize("dress", QUICK, ids=str)
def test_a_sound_server_in_another_dress_is_not_blamed(dress: Dress) -> None:
    assert findings(dress) == ()


@pytest.mark.parametrize(("dress", "wanted"), BROKEN_DRESSES, ids=str)
def test_its_broken_cousin_is(dress: Dress, wanted: str) -> None:
    suite = {"FG-107": "test_input.py", "FG-202": "test_concurrency.py"}.get(wanted, "test_edition.py")
    assert wanted in {found.split()[0] for found in findings(Dress(dress.world, dress.wire, (suite,)))}
