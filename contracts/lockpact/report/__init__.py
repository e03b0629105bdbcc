"""Findings of a run, and how they are written: terminal, HTML, JUnit."""
