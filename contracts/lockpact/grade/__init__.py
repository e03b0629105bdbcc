"""Grade a test suite by the vendor changes that it detects."""
