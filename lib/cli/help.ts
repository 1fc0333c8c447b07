/** The text that `restify-probes --help` prints. */
export const OVERVIEW = `Tells which route and which handler of a running Express or Connect app is slow.

  restify-probes list                     the processes that can be traced
  restify-probes latency -p PID           how long each route and handler takes
  restify-probes trace -p PID --handlers  each request, and where its time goes
  restify-probes top -p PID               a live table of the routes
  restify-probes why -p PID               why requests are slow, in a few sentences
  restify-probes show FILE                what latency --record FILE has written
  restify-probes compare BEFORE AFTER     what became slower between two recordings
  restify-probes export                   figures of all processes, for Prometheus
  restify-probes script latency           the tracing script behind a command

  restify-probes latency -- node app.js   starts an app and listens in its process:
                                          no root, no bpftrace, any system; trace,
                                          top and why do so too

restify-probes help COMMAND, or COMMAND --help, tells more. All commands but export and
script take --json (one object a line); all take --no-color, and respect NO_COLOR.

A running app offers a socket to its own user and to root: tracing by that needs no
root, on any system. --via kernel takes Linux, root and bpftrace 0.17 or later.

The exit status is 0 if all went well or Ctrl-C ended it, 1 if something failed, 2 for a
command line that makes no sense, and 128 plus the signal's number if another signal
ended it. If the command started an app, it is the app's.
`

/** Lines of a command's help that several share. */
export const PROCESS_OPTIONS = `  -p, --pid PID      the process, or all workers of a cluster's primary; may be given
                     more than once. Not needed where only one can be traced
  --name TEXT        the processes that have this in their command line
  --port N           the processes that listen on this port
  --via WAY          process (by the socket that a process offers) or kernel (by
                     bpftrace, as root): process, unless given, where all offer one
  --inject           first put the middleware into the process, which has none; it asks
                     before it does so, unless --yes is given
  --all              every process that carries the provider, such as all of a cluster
  --duration S       end after so many seconds`
export const OUTPUT_OPTIONS = `  --json             one JSON object a line
  --no-color         no colours`
