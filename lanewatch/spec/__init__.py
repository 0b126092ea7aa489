"""The spec and the connections: read, checked, resolved. Pure except for reading the files that are named.

`loading.load_spec()` gives a LoadedSpec and the `lane.Lane` of one target; the rest of the program reads the Lane and
never walks the raw spec. `connecting.load_connections()` says where each system is reached. Nothing is imported here,
so that a command pays only for what it uses.
"""
