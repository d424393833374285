"""The one door: sockets, routes, authorisation, problem documents, OpenAPI, the built widgets."""
