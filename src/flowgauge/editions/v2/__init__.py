"""The second version of the orchestration API, which Formance servers speak today."""
