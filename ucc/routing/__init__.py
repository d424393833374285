"""The shell of the routing engine: who owns a shard, its journal, its projections, presence and calendars."""
