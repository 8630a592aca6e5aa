"""The server of `runcoach serve`: JSON API, pages, webhook receiver."""
