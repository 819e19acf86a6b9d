"""Stages of the main job: child processes that do not outlive it."""
