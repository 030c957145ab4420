"""Services: definitions, processes, accounts, sockets, packages and paths, joined."""
