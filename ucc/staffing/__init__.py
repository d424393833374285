"""How many agents a load needs: closed forms, scenarios of simulated days, and their reports; pure."""
