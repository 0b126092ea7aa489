"""One module per command: what it asks for, what it prints, how it ends. The exit code is the return value."""
