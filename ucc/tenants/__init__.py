"""Tenants and their people: who may sign in, what they may do, and the record of what they did."""
