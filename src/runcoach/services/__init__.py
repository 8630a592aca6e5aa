"""Use cases: each is a plain function that returns frozen results and prints nothing."""
