"""A regular sync: lines for cron and units for systemd, and a trial of what they will find."""
