"""Things of an API of your own: made, read, listed and deleted, as flowgauge.toml says."""

import os

from flowgauge.editions import default_edition, load_part
from flowgauge.load.locust_adapter.scenario import LoadScenario

__all__ = ["Things"]


class Things(LoadScenario):
    """One of each kind, with so many reads, lists and deletes as `[load]` in flowgauge.toml has weights."""

    part, journey = load_part(os.environ.get("FLOWGAUGE_EDITION") or default_edition()), "things"
    is_default = True
