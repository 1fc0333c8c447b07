import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { FollowedProcesses } from '../export/followed-processes'
import { HandlersSwitch } from '../export/handlers-switch'
import { DEFAULT_ADDRESS, type ListenAddress } from '../export/options'
import { MetricsServer } from '../export/server'
import { snapshotOfAll } from '../export/snapshot'
import { wantedBy } from '../export/wanted'
import { say } from '../terminal/output'
import type { Context } from './context'

export const exportMetrics: Command = {
  options: ['pid', 'name', 'port', 'listen', 'handlers', 'handlers-for'],
  startsApp: false,
  help: `restify-probes export: until Ctrl-C, figures of all processes of this host that can be
traced, for Prometheus: requests by method, route and status, and handlers while they are
wanted, with the process's pid, command, user, container and pod. Processes that start
are found within seconds. Apps need no change.

  restify-probes export
  restify-probes export --listen 0.0.0.0:9469 --name shop
  restify-probes export --handlers-for 10m

  -p, --pid PID      only this process and those that it starts; may be given more than
                     once
  --name TEXT        only those that have this in their command line
  --port N           only those that listen on this port
  --listen ADDRESS   where to listen: [ADDRESS:]PORT. 127.0.0.1:9469
  --handlers         figures of handlers, too: as many series for each handler of a
                     route as the route has for a status
  --handlers-for T   figures of handlers for a time, such as 10m
  --no-color         no colours

From this machine, figures of handlers can be switched at any time:
  curl -X POST 'http://127.0.0.1:9469/handlers?for=10m'

Yours only, unless you are root. Those in containers are seen from the host.
`,
  run
}

/** Gives figures of all processes to whoever asks, until it is interrupted. */
async function run(options: Arguments, { interruption }: Context): Promise<number> {
  const startedMs = Date.now()
  const handlers = new HandlersSwitch(options.handlers)
  if (options.handlersForMs !== undefined) handlers.on(options.handlersForMs)
  const processes = new FollowedProcesses({ wants: wantedBy(options), handlers, tell: say })
  const server = new MetricsServer(
    () => snapshotOfAll(processes.all(), { handlers: handlers.wanted, startedMs }),
    handlers
  )
  const address = await server.listen(options.listen ?? DEFAULT_ADDRESS)
  try {
    processes.start()
    const count = [...processes.running()].length
    say(`listening at ${urlOf(address)}, to ${count} process${count === 1 ? '' : 'es'} now; Ctrl-C ends it`)
    const { exitCode } = await interruption.happened
    return exitCode
  } finally {
    server.close()
    await processes.stop()
  }
}

function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
}
