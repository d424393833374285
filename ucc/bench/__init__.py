"""The loads behind `ucc bench`: each starts its own servers, measures, and prints figures with a floor."""
