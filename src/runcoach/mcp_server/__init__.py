"""A read-only Model Context Protocol server: hands an AI assistant stored figures, never samples or positions."""
