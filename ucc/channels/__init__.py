"""What a channel is, and one folder a kind: pure translation between a provider's words and ours."""
