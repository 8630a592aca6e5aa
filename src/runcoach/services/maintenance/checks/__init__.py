"""The checks of `runcoach doctor`, a module for each part of an installation."""
