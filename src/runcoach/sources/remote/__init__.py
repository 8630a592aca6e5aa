"""HTTP for any remote source: requests with retries and limits, a pool of clients, typed JSON."""
