"""The edition's world: workflows, runs as functions of time, and how both are read and shown."""
