"""What a real server of this API, as it was shipped in February 2023, did unlike its document."""
