"""What is sent to be refused, or to be kept as it is: texts, numbers and shapes."""
