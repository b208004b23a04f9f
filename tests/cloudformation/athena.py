"""Athena as far as tables go, by DuckDB: it knows of the files what the template says of them, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cloudformation.template import Stack, read, resolve

BUCKET = "results"
GIVEN = {
    "Name": "my-stack",
    "BucketName": BUCKET,
    "BucketArn": f"arn:aws:s3:::{BUCKET}",
    "KmsKeyArn": "",
    "QueryGigabytes": 10,
}
SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


def template(**parameters: Any) -> Stack:
    return resolve(read("tables.yaml"), {**GIVEN, **parameters})


@dataclass(frozen=True)
class Table:
    """A table as the template has it.

    Attributes:
        name: Of the table.
        partition: Column whose values a query must name.
        location: Where the lines of one value are, with ``${<partition>}`` in its place.
        columns: Types by name.
        serde: Parameters of what reads the lines.
        header: Lines at the top of a file that are none.
    """

    name: str
    partition: str
    location: str
    columns: Mapping[str, str]
    serde: Mapping[str, str]
    header: int

    def files(self, folder: Path, value: str) -> list[Path]:
        """All that is below the location, whatever it is called."""
        key = self.location.removeprefix(f"s3://{BUCKET}/").replace(f"${{{self.partition}}}", value)
        assert key.endswith("/"), "otherwise it is a prefix, and JOB-1 has the lines of JOB-12, too"
        return sorted(each for each in (folder / key).rglob("*") if each.is_file())


def tables(stack: Stack) -> Iterator[Table]:
    for _, properties in stack.of_type("AWS::Glue::Table"):
        told = properties["TableInput"]
        parameters, storage = told["Parameters"], told["StorageDescriptor"]
        [partition] = told["PartitionKeys"]
        assert parameters["projection.enabled"] == "true"
        assert parameters[f"projection.{partition['Name']}.type"] == "injected"
        assert storage["SerdeInfo"]["SerializationLibrary"] == SERDE
        assert parameters["storage.location.template"].startswith(storage["Location"])
        yield Table(
            told["Name"],
            partition["Name"],
            parameters["storage.location.template"],
            {each["Name"]: each["Type"] for each in storage["Columns"]},
            storage["SerdeInfo"]["Parameters"],
            int(parameters["skip.header.line.count"]),
        )


def database(stack: Stack, folder: Path, values: Mapping[str, Sequence[str]]) -> "duckdb.DuckDBPyConnection":
    """All tables, over the objects of a bucket as files in a folder.

    Args:
        stack: The template, resolved.
        folder: The files.
        values: Of each partition column, those that may be named.
    """
    connection = duckdb.connect()
    for table in tables(stack):
        selects = [_select(table, value, table.files(folder, value)) for value in values[table.partition] or [""]]
        connection.execute(f"CREATE VIEW {table.name} AS {' UNION ALL '.join(selects)}")
    return connection


def _select(table: Table, value: str, files: Sequence[Path]) -> str:
    types = {"string": "VARCHAR"}
    columns = {name: types.get(kind, kind.upper()) for name, kind in table.columns.items()}
    if not files:
        nothing = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items())
        return f"""SELECT '' AS {table.partition}, {nothing}, '' AS "$path" WHERE false"""
    named = ", ".join(f"'{file}'" for file in files)
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    # By place, without quotes, and with nothing where a line ends too soon.
    options = (
        "auto_detect=false, header=false, quote='', strict_mode=false, null_padding=true, filename='$path', "
        f"skip={table.header}, delim='{table.serde['field.delim']}', escape='{table.serde['escape.delim']}', "
        f"nullstr='{table.serde['serialization.null.format']}'"
    )
    return f"SELECT '{value}' AS {table.partition}, * FROM read_csv([{named}], columns={{{typed}}}, {options})"
