"""Writing very many rows: PostgreSQL copies them in, SQLite inserts them in one go.

Past the ORM and its instances, but with the defaults of its models: what a row does not say for
itself is what a new instance would have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Max, Model

Value = str | int | None
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_AT_ONCE = 1000


@lru_cache(maxsize=4096)
def plain(value: object) -> Value:
    """A value as both databases take it in a column of its kind. Moments are UTC."""
    if value is None or isinstance(value, int):
        return None if value is None else int(value)
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


class Table:
    """The table of a model. `varying` names the columns that each row says for itself."""

    def __init__(self, model: type[Model], varying: tuple[str, ...], **same: Any) -> None:
        self._model = model
        fields = [field for field in model._meta.concrete_fields if field.attname not in varying]
        by_name = {field.attname: field.column for field in model._meta.concrete_fields}
        self._columns = [by_name[name] for name in varying] + [field.column for field in fields]
        self._same = [plain(same.get(field.attname, _default(field))) for field in fields]
        missing = {*same} - {field.attname for field in fields}
        if missing:
            raise ValueError(f"{model.__name__} has no {', '.join(sorted(missing))}.")

    def reserve(self, count: int) -> Sequence[int]:
        """Numbers for so many new rows, which nobody else gets; inside a transaction."""
        table = self._model._meta.db_table
        if connection.vendor == "sqlite":
            # The transaction shuts out all others that write.
            last = self._model._default_manager.aggregate(last=Max("pk"))["last"] or 0
            return range(last + 1, last + 1 + count)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT array_agg(nextval(sequence)) FROM generate_series(1, %s),"
                " pg_get_serial_sequence(%s, 'id') AS sequence",
                [count, table],
            )
            (numbers,) = cursor.fetchone()
        return numbers or []

    def write(self, rows: Iterable[tuple[Value, ...]]) -> None:
        """Store `rows`, each the values of the varying columns in their order."""
        if connection.vendor == "sqlite":
            self._insert(rows)
        else:
            self._copy(rows)

    def _copy(self, rows: Iterable[tuple[Value, ...]]) -> None:
        columns = ", ".join(map(_quoted, self._columns))
        constant = "\t".join(_copied(value) for value in self._same)
        end = f"\t{constant}\n" if constant else "\n"
        with (
            connection.cursor() as cursor,
            cursor.copy(
                f"COPY {_quoted(self._model._meta.db_table)} ({columns}) FROM STDIN"
            ) as copy,
        ):
            lines: list[str] = []
            for row in rows:
                lines.append("\t".join([_copied(value) for value in row]) + end)
                if len(lines) == _AT_ONCE:
                    copy.write("".join(lines))
                    lines.clear()
            copy.write("".join(lines))

    def _insert(self, rows: Iterable[tuple[Value, ...]]) -> None:
        columns = ", ".join(map(_quoted, self._columns))
        varying = len(self._columns) - len(self._same)
        values = ", ".join(["%s"] * varying + [_literal(value) for value in self._same])
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {_quoted(self._model._meta.db_table)} ({columns}) VALUES ({values})",  # noqa: S608
                list(rows),
            )


def _default(field: Field[Any, Any]) -> Any:
    if field.null and not field.has_default():
        return None
    return field.get_default()


def _copied(value: Value) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, int):
        return str(value)
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _quoted(name: str | None) -> str:  # the stubs know columns without a name
    return connection.ops.quote_name(name or "")
