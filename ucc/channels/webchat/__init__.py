"""Our own chat on customers pages: frames of the visitors socket, delivered by the conversation stream."""
