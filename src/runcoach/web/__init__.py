"""What `runcoach serve` answers: the JSON API, the pages, the webhook receiver; no SQL, no use case of its own."""
