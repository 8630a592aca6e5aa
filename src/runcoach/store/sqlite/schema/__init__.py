"""Every table and index, hand-written and STRICT: one module per migration.

Times are whole seconds since 1970 (UTC), lengths metres, durations seconds. Columns are the specification's fields in
snake_case; JSON shows them in its camelCase.
"""
