import type { CommandName } from './arguments'

export const OVERVIEW = `Which route and which handler of a running Express or Connect app is slow.

  restify-probes list                     the processes that can be traced
  restify-probes latency -p PID           how long each route and handler takes
  restify-probes trace -p PID --handlers  each request, and where its time goes
  restify-probes top -p PID               a live table of the routes
  restify-probes script latency           the tracing script behind a command

  restify-probes latency -- node app.js   starts an app and listens in its process:
                                          no root, no bpftrace, any system; trace
                                          and top take it too

restify-probes help COMMAND, or COMMAND --help, tells more. Each takes --json (one
object a line), but for script, and --no-color; NO_COLOR is respected.

Tracing a running process takes Linux, root and bpftrace 0.17 or later.
Exit status: 0 all went well or Ctrl-C, 1 it did not, 2 wrong usage, 128 and the
signal's number if another signal ended it, and that of the app that was started.
`

const PROCESS = `  -p, --pid PID      the process; may be given more than once. Not needed where
                     there is only one that carries the provider
  --all              every process that carries the provider, such as all of a cluster
  --duration S       end after so many seconds`
const ALWAYS = `  --json             one JSON object a line
  --no-color         no colours`

export const HELP: Record<CommandName, string> = {
  list: `restify-probes list: the processes that carry the provider: pid, uptime, whether any
tracer is attached now, command line, and the addon that holds the probes.

  restify-probes list

${ALWAYS}

Yours only, unless you are root. Those in containers are seen from the host.
`,
  latency: `restify-probes latency: until Ctrl-C, then a distribution for each route and handler,
the slowest last. Rows are powers of two. Quantiles are known to within a factor of
1.41; counts, min and max exactly.

  restify-probes latency -p 4711 --duration 10
  restify-probes latency -p 4711 --route getusersid --handlers
  restify-probes latency -- node app.js

${PROCESS}
  --route NAME       only this route, and its handlers
  --routes           only routes
  --handlers         only handlers
  --unit ms|us       what the rows count: ms
${ALWAYS}
`,
  trace: `restify-probes trace: a line for each request when it is done: time, method, URL, status,
duration, route. URLs of more than 199 bytes are marked as cut.

  restify-probes trace -p 4711 --handlers --slower-than 100
  restify-probes trace -p 4711 --status 5xx,404 --json
  restify-probes trace --handlers -- node app.js

${PROCESS}
  --handlers         below each request its handlers, as bars on its time line
  --route NAME       only requests of this route
  --slower-than MS   only those that took at least so long
  --status LIST      only those with such a status: 4xx,500
${ALWAYS}
`,
  top: `restify-probes top: every second, for each route: requests and errors a second (a status
of 500 or more, or 444 for a client that left), quantiles of its duration, and the
handler in which most of its time went.

  restify-probes top -p 4711
  restify-probes top -p 4711 --json --duration 60 > rates.json
  restify-probes top -- node app.js

${PROCESS}
  --sort COLUMN      time, requests, errors, p50, p90, p99, max or share
${ALWAYS}

Keys sort (t r e 5 9 0 m s), pause (p) and quit (q). A process that is restarted with
the same command line within ten seconds is followed.
`,
  script: `restify-probes script: the script behind latency or trace, for a host without Node or to
change by hand. The commands run the same with names by address, and two buckets for
each doubling.

  restify-probes script latency > latency.bt && bpftrace -p 4711 latency.bt
  restify-probes script trace --handlers
  restify-probes script latency --dtrace > latency.d && dtrace -s latency.d

  --handlers         of trace: handlers, too
  --dtrace           in D, for macOS, illumos and FreeBSD
`
}
