"""The commands `ucc staff` and `ucc simulate`: arguments and files in, figures out."""
