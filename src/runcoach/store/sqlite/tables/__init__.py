"""The tables as SQLModel classes: a typed description of the whole schema, held to the DDL by a test.

Only logins and token renewals write through them (:mod:`runcoach.store.remote.credentials`); everything else is plain
SQL, as importing SQLModel takes half a second. The modules with classes have no ``from __future__ import annotations``,
which breaks SQLModel. Sessions use an open connection inside its transaction (see :mod:`.borrowed_session`).
"""

import re

from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel


class Table(SQLModel):
    """A table named after its class: ``ActivityEdit`` is ``activity_edit``."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
