"""What an extractor is measured by: pure functions from annotations and predictions to figures, one idea a file."""
