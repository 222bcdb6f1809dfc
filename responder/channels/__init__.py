"""Ways to reach people outside: one file each."""
