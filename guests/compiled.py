"""Queries of the ORM that are written once and then only filled in.

Putting a query into words costs Django several times what the database needs to answer it. The few
that every single mail asks are kept here in the words of each kind of database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=Model)
_populators: Any = get_related_populators
_Cursor: Any = ServerBindingCursor


class Slot(Value):
    """Where a value comes in, by its name; `field` is of the kind that the value is."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(None, output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002
        return "%s", [self]


class _Written:
    """One statement in the words of one kind of database."""

    def __init__(self, compiler: Any) -> None:
        self.sql, self.params = compiler.as_sql()
        self.compiler = compiler

    def values(self, given: dict[str, Any]) -> list[Any]:
        return [
            one.output_field.get_db_prep_value(given[one.name], connection)
            if isinstance(one, Slot)
            else one
            for one in self.params
        ]


class _Statement:
    def __init__(self, make: Callable[[], QuerySet[Any]]) -> None:
        self._make = make
        self._written: dict[str, Any] = {}

    def _for_this_database(self) -> Any:
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = self._write()
        return written

    def _write(self) -> Any:
        raise NotImplementedError


class Select(_Statement, Generic[M]):
    """`make` gives the query, with a Slot for each value; select_related works, prefetching not.

    One that locks rows must be written, and run, inside a transaction.
    """

    def rows(self, **given: Any) -> list[M]:
        """The rows as fresh instances of the model."""
        reader: _Reader = self._for_this_database()
        with _cursor() as cursor:
            cursor.execute(reader.sql, reader.values(given))
            found = cursor.fetchall()
        return [reader.instance(row) for row in found]

    def row(self, **given: Any) -> M | None:
        """The first row, or None."""
        found = self.rows(**given)
        return found[0] if found else None

    def _write(self) -> _Reader:
        return _Reader(self._make().query.get_compiler(connection=connection))


class Update(_Statement):
    """`make` gives the rows to change; `values` what they get, with a Slot where that varies."""

    def __init__(self, make: Callable[[], QuerySet[Any]], **values: Any) -> None:
        super().__init__(make)
        self._values = values

    def run(self, **given: Any) -> int:
        """How many rows were changed."""
        written: _Written = self._for_this_database()
        with _cursor() as cursor:
            cursor.execute(written.sql, written.values(given))
            return int(cursor.rowcount)

    def _write(self) -> _Written:
        query: Any = self._make().query.chain(UpdateQuery)
        query.add_update_values(self._values)
        query.clear_select_clause()
        return _Written(query.get_compiler(connection=connection))


class Both:
    """Two updates of different tables, in one go where the database can; of the second the count.

    Slots of the same name get the same value.
    """

    def __init__(self, first: Update, second: Update) -> None:
        self._first, self._second = first, second

    def run(self, **given: Any) -> int:
        if connection.vendor != "postgresql":
            self._first.run(**given)
            return self._second.run(**given)
        first, second = self._first._for_this_database(), self._second._for_this_database()
        with _cursor() as cursor:
            cursor.execute(
                f"WITH other AS ({first.sql}) {second.sql}",
                first.values(given) + second.values(given),
            )
            return int(cursor.rowcount)


class _Reader(_Written):
    """A SELECT, and how its rows become instances: what Django's own iteration does."""

    def __init__(self, compiler: Any) -> None:
        super().__init__(compiler)
        info, select = compiler.klass_info, compiler.select
        self._model: type[Any] = info["model"]
        self._first, self._end = info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [one[0].target.attname for one in select[self._first : self._end]]
        self._related = _populators(info, select, connection.alias)
        self._annotations = list((compiler.annotation_col_map or {}).items())
        self._converters = compiler.get_converters([one[0] for one in select])

    def instance(self, row: Sequence[Any]) -> Any:
        if self._converters:
            row = self._converted(row)
        made = self._model.from_db(connection.alias, self._names, row[self._first : self._end])
        for related in self._related:
            related.populate(row, made)
        for name, place in self._annotations:
            setattr(made, name, row[place])
        return made

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, (converters, expression) in self._converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return values


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor whose statements PostgreSQL reads and plans only once for each connection."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            yield cursor
        return
    connection.ensure_connection()
    wrapper: Any = connection
    with wrapper._prepare_cursor(_Cursor(wrapper.connection)) as cursor:
        yield cursor
