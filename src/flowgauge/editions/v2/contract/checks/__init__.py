"""What is looked at in the answers of this edition, beyond what resources give by themselves."""
