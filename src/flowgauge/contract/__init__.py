"""The contract suites' engine: suites send requests through a `Probe`, and everything else follows."""
