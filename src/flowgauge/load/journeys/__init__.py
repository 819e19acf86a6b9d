"""What users do under load, and what is asked afterwards of what the server acknowledged."""
