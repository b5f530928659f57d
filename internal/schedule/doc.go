// Package schedule writes the files that make a machine run a command at set
// times: a systemd service with its timer, or a crontab. It is text in and text out:
// names and their escaping, calendars, quoting. What the command is, and how the
// files come to stand where they work, is not its matter.
//
// The formats are those of systemd.unit(5), systemd.service(5), systemd.exec(5),
// systemd.timer(5) and crontab(5), as systemd 247 and later, Vixie cron and cronie
// read them.
package schedule
