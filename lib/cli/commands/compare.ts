import { isRouteNamed } from '../../figures/wanted'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { compareRecordings } from '../compare/comparison'
import { OUTPUT_OPTIONS } from '../help'
import { comparisonPage } from '../html/comparison-page'
import { comparisonOutput } from '../outputs/comparison'
import { EXIT, Problem } from '../problem'
import { NewFile, recordingIn } from '../recording/file'
import { recordingTitle } from '../render/recording'
import { say, sayPrintable } from '../terminal/output'
import type { Context } from './context'

export const compare: Command = {
  options: ['route', 'handlers', 'names', 'html', 'json'],
  startsApp: false,
  words: ['BEFORE', 'AFTER'],
  help: `restify-probes compare BEFORE AFTER tells which routes and handlers became slower or
faster between two recordings, and how certain that is.

  restify-probes latency -p 4711 --duration 60 --record before.json
  (a release later)
  restify-probes latency -p 4712 --duration 60 --record after.json
  restify-probes compare before.json after.json

MEAN is the change of the average, and BETWEEN has the bounds of that change with 95 %.
VERDICT is
  slower or faster   if that is certain, with 95 % for all verdicts together, and if the
                     mean changed by 5 %, p99 by 10 %, or most requests did
  mixed              if some of these became slower and others faster
  same               if the mean changed by less than 10 %, with certainty
  unclear            if durations vary too much to tell
  too few            if there were fewer than 30 requests, or 5 seconds that had any

  --route ROUTE      only this route
  --handlers         handlers that did not change, too
  --names probe      routes by their names in the probes
  --html FILE        the same as a page in one file
${OUTPUT_OPTIONS}
`,
  run
}

function run(options: Arguments, { style }: Context): number {
  const [before, after] = options.files.map(recordingIn) as [
    ReturnType<typeof recordingIn>,
    ReturnType<typeof recordingIn>
  ]
  if (before.unit !== after.unit)
    throw new Problem(`one counts in ${before.unit} and the other in ${after.unit}: they can't be compared`, [
      'Take the same --unit for both.'
    ])
  const page = options.html === undefined ? undefined : new NewFile(options.html)
  if (!options.json) {
    sayPrintable(recordingTitle(before))
    sayPrintable(recordingTitle(after))
  }
  const { route: wanted } = options
  const compared = compareRecordings(before, after).filter(({ name, before, after }) => {
    const { method, path } = after ?? before ?? {}
    return wanted === undefined || isRouteNamed(wanted, name, method, path)
  })
  comparisonOutput({ ...options, all: options.handlers }, style).show(compared)
  if (page !== undefined) {
    page.write(comparisonPage([before, after], compared, options))
    say(`written: ${options.html}`)
  }
  return EXIT.ok
}
