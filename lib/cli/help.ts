/** The text that `restify-probes --help` prints. */
export const OVERVIEW = `Which route and which handler of a running Express or Connect app is slow.

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
                                          no root, no bpftrace, any system; trace
                                          and top take it too

restify-probes help COMMAND, or COMMAND --help, tells more. Each takes --json (one
object a line), but for export and script, and --no-color; NO_COLOR is respected.

A running app offers a socket to its own user and to root: tracing by that needs no
root, on any system. --via kernel takes Linux, root and bpftrace 0.17 or later.
Exit status: 0 all went well or Ctrl-C, 1 it did not, 2 wrong usage, 128 and the
signal's number if another signal ended it, and that of the app that was started.
`

/** Lines of a command's help that several share. */
export const PROCESS_OPTIONS = `  -p, --pid PID      the process, or all workers of a cluster's primary; may be given
                     more than once. Not needed where only one can be traced
  --name TEXT        those that have this in their command line
  --port N           those that listen on this port
  --via WAY          process: by the socket that the process offers, where it does;
                     kernel: by bpftrace, as root
  --inject           first put the middleware into the process, which has none; it asks
                     before it does so (--yes: it does not)
  --all              every process that carries the provider, such as all of a cluster
  --duration S       end after so many seconds`
export const OUTPUT_OPTIONS = `  --json             one JSON object a line
  --no-color         no colours`
