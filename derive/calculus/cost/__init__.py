"""From a field to the cost whose gradient it is, or to the proof that there is none."""
