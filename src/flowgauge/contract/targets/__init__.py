"""What is tested: a server over HTTP, the world in this process, the fake."""
