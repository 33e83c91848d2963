"""Marking a sheet: verdicts, counterexamples, misconceptions, hints, and how they are shown."""
