"""Contacts: the people who write or call, how they are known, and what is known about them."""
