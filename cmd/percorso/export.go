package main

import (
	"bytes"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/paths"
	"github.com/percorso/percorso/export/whole"
)

func exportCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "writes a market in the form that another tool reads",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso export data --dialect paths > paths.csv          for ChannelAttribution in R
  percorso export data --dialect journeys -o journeys.csv   for the Python library of DP6
  percorso export fashion --dialect touches --touches all > touches.csv

Dialects, as CSV:
  paths      path,total_conversions,total_conversion_value,total_null: a row for each distinct path
  journeys   id,path,converted,value,hours: a row for each path, with hours before its end
  touches    id,time,channel,conversion,value: a row for each touch; time is in seconds, up to 0 at
             the end of the path
` + ruleText,
		Flags: slices.Concat(scenarioFlags(), pathFlags(), []cli.Flag{
			&cli.StringFlag{Name: "dialect", Usage: "the `FORM`, as above", Value: paths.Forms[0]},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write to `FILE` (default: " +
				"stdout)"},
			withoutFlag("the market without these `CHANNELS`"),
			sinceFlag("always"),
			quietFlag("print no progress"),
		}),
		Action: func(c *cli.Context) error {
			form, err := placeOf(c, "dialect", paths.Forms)
			if err != nil {
				return err
			}
			s, _, err := pathsOf(c, con)
			if err != nil {
				return err
			}
			write := func(to io.Writer) error { return paths.Write(to, s, paths.Forms[form]) }
			out := c.String("out")
			if out == "" || out == "-" {
				return write(con.stdout)
			}
			var text bytes.Buffer
			if err := write(&text); err != nil {
				return err
			}
			return whole.Write(out, text.Bytes())
		},
	}
}
