"""The demo: a shop with people, settings and a past (seed), and visitors and agents who play it (traffic)."""
