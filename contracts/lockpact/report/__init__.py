"""The report of a run, and its forms: terminal, HTML, JUnit, files."""
