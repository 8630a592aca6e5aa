"""Runs the services' queries on a profile's database, each on a connection of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from runcoach.services.queries import activities
from runcoach.services.reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.config import Config

T = TypeVar("T")


def read(query: Callable[..., T], config: Config, *arguments: Any, **options: Any) -> T:
    """The result of ``query(connection, *arguments, **options)``."""
    with open_reader(config) as connection:
        return query(connection, *arguments, **options)


def read_of(query: Callable[..., T], config: Config, activity_ref: str, *arguments: Any, **options: Any) -> T:
    """The result of a query that takes the columns of one activity."""
    with open_reader(config) as connection:
        return query(connection, activities.activity(connection, activity_ref), *arguments, **options)
