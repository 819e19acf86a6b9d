"""Traffic for what a document alone tells, and an edition of our own has other words for."""
