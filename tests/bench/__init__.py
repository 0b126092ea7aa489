"""Claims about time, as ratios to a floor that is measured side by side in the same run. `python -m tests.bench`."""
