"""What the suites need of this edition: that of v2, but for what there is not."""
