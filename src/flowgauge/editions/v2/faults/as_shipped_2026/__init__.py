"""How a server of June 2026 was seen to answer, item by item."""
