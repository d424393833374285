"""The words every room speaks: ids, states, Structs, events, errors. Standard library and msgspec only."""
