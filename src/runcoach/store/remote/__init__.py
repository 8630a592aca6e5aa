"""Tables that belong to a connection with a remote source: credentials, sync state, webhooks, remote ids."""
