"""The stand-in for Garmin's Personal API, and the account that it and intervals.icu's stand-in serve."""
