"""The seed's edition of the orchestration API: workflows at `/flows`, runs below them."""
