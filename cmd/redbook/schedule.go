package main

import (
	"time"

	"github.com/spf13/cobra"

	"redbook/internal/schedule"
)

// defaultDelay keeps the machines of a fleet from all beginning at once.
const defaultDelay = 5 * time.Minute

type scheduleOptions struct {
	variableFlags
	calendar    string
	name        string
	credentials []string // NAME=PATH
	onFailure   string
	delay       time.Duration
	cron        bool
	dryRun      bool
}

func newSchedule(w *world) *cobra.Command {
	c := &cobra.Command{
		Use:   "schedule",
		Short: "Run runbooks at set times",
		Args:  unknownCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	c.AddCommand(newScheduleAdd(w), newScheduleList(w), newScheduleRemove(w))
	return c
}

func newScheduleAdd(w *world) *cobra.Command {
	o := &scheduleOptions{}
	c := &cobra.Command{
		Use:   "add RUNBOOK --calendar WHEN",
		Short: "Have systemd, or cron, run a runbook at set times",
		Long: "add writes a systemd timer and a service that runs RUNBOOK with these values,\n" +
			"enables the timer and says when it is due. The service may write where the\n" +
			"runbook's plan of now does, and nowhere else. With --cron it writes a crontab:\n" +
			"a file in /etc/cron.d for root, else lines in the user's own.\n\n" +
			"Nobody is asked, neither now nor when the time has come. A password comes by\n" +
			"--credential, or by a --var-file with mode 0600; nothing that is written holds\n" +
			"it. Given again, add shows and makes the changes.",
		Args:              operands(1, 1, "one RUNBOOK"),
		ValidArgsFunction: completeRunbook,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.check(c); err != nil {
				return err
			}
			return w.scheduleAdd(c.Context(), args[0], o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.calendar, "calendar", "", "`WHEN`: daily, Mon..Fri 03:00 (systemd.time(7)); for --cron hourly, daily, weekly, monthly or five fields (crontab(5))")
	f.StringVar(&o.name, "name", "", "`NAME` of the schedule; the runbook's unless given")
	o.register(c)
	f.StringArrayVar(&o.credentials, "credential", nil, "`NAME=FILE`: the file's content is the value of the variable NAME, or the server's password where NAME is redis-password; may be repeated")
	f.StringVar(&o.onFailure, "on-failure", "", "`UNIT` of systemd to start when a run fails")
	f.DurationVar(&o.delay, "randomized-delay", defaultDelay, "begin up to so much later, on each machine at a time of its own")
	f.BoolVar(&o.cron, "cron", false, "by cron in place of systemd")
	f.BoolVar(&o.dryRun, "dry-run", false, "only print what would be written")
	return c
}

// check finds flags that do not go together.
func (o *scheduleOptions) check(c *cobra.Command) error {
	usage := func(problem string) error { return &usageError{c.CommandPath(), problem} }
	switch {
	case o.calendar == "":
		return usage("--calendar is missing: say when, as in --calendar daily")
	case o.delay < 0:
		return usage("--randomized-delay is negative")
	case o.cron && len(o.credentials) > 0:
		return usage("cron hands no credentials to what it runs: put the secret into a file with mode 0600 and give that with --var-file")
	case o.cron && o.onFailure != "":
		return usage("cron starts no unit: it mails to MAILTO what a run prints; --on-failure is for systemd")
	case o.cron && c.Flags().Changed("randomized-delay"):
		return usage("cron has no randomized delay: choose another minute, or systemd")
	}
	if o.onFailure != "" {
		unit, err := schedule.CompleteUnit(o.onFailure)
		if err != nil {
			return usage("--on-failure: " + err.Error())
		}
		o.onFailure = unit
	}
	return nil
}
