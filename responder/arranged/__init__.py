"""What is arranged for a home: windows, expectations, packages of care, calls and prompts."""
