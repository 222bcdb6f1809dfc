"""What the detectors are worth on recordings: the code that runs is the code that is judged."""
