"""Kill things at random under load and count what was lost, doubled or assigned twice."""
