"""Where messages come from. Every source follows: receive, decode, commit, acknowledge."""
