"""Tools without a domain: settings, clock, ids, database, bus, tasks, secrets, logs, embedded servers."""
