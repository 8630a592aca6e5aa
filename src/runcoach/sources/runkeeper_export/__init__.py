"""Runkeeper's export: a table of activities and a GPX file for each recorded one."""
