"""The SQLite file itself: connections, schema, migrations, backups, integrity."""
