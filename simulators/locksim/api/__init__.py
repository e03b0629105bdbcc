"""What every vendor's API is built from."""
