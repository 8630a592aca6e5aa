"""The SQLite file: engine, migrations, tables, stream codec and queries. It keeps and finds, it computes nothing."""
