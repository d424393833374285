"""What admins set up for conversations: inboxes, templates, tags, dispositions."""
