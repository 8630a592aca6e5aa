"""What `runcoach doctor` looks at, a module a part of the installation; put together in ``doctor``."""
