"""What was found: defects, grouped into findings, with their evidence; what is waived; the report."""
