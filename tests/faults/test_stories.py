"""Every story of a call, told in every way that RyzeAPI may have."""

import pytest

from tests.helpers.stories import Service, count_stories

pytestmark = pytest.mark.faults


def why_undecided(service: Service) -> str:
    """Return why nothing in the frames of a service tells whose news they are."""
    return "" if service.tells_who else "other ids, LIDs only, and RyzeAPI knows no LID"


@pytest.mark.timeout(900)
def test_stories(capsys: pytest.CaptureFixture[str]) -> None:
    """No outcome is wrong; one is undecided only where the frames tell nothing."""
    results, undecided = count_stories()
    right, open_, wrong = (results[name] for name in ("right", "undecided", "wrong"))
    reasons = {why_undecided(service) for service in undecided}
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{right + open_ + wrong} stories of calls: {right} right,"
            f" {open_} undecided ({', '.join(sorted(reasons))}), {wrong} wrong"
        )
    assert wrong == 0
    assert "" not in reasons
    assert right > 100_000
