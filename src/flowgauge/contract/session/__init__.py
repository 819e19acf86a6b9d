"""One run of the suites under pytest, and the proof that they catch what they must."""
