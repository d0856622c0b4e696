// Bare Node: what any command line pays before its first line.
