"""Simulated days of a tenant: its journal read as days, and questions answered in the background."""
