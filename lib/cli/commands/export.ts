import { toOtlp } from '../../metrics/opentelemetry/otlp'
import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { carrierFilter } from '../export/carrier-filter'
import { FollowedProcesses } from '../export/followed-processes'
import { HandlersSwitch } from '../export/handlers-switch'
import { DEFAULT_ADDRESS, DEFAULT_INTERVAL, type ListenAddress } from '../export/options'
import { OtlpPush, readHeaderList } from '../export/otlp-push'
import { MetricsServer } from '../export/server'
import { resourcesOf, snapshotOfAll } from '../export/snapshot'
import { waysFor } from '../export/ways'
import { say } from '../terminal/output'
import { packageVersion } from '../version'
import type { Context } from './context'

export const exportMetrics: Command = {
  options: ['pid', 'name', 'port', 'via', 'listen', 'otlp', 'otlp-interval', 'handlers', 'handlers-for'],
  startsApp: false,
  help: `restify-probes export gives figures of all processes of this host that offer a socket to
Prometheus, or sends them by OTLP, until Ctrl-C. They are of requests by method, route
and status, and of handlers while they are wanted, with the process's pid, command,
user, container and pod. Processes that start are found within seconds. Apps need no
change.

  restify-probes export
  restify-probes export --listen 0.0.0.0:9469 --name shop
  restify-probes export --otlp http://127.0.0.1:4318
  restify-probes export --handlers-for 10m

  -p, --pid PID      only this process and those that it starts; may be given more than
                     once
  --name TEXT        only those that have this in their command line
  --port N           only those that listen on this port
  --via WAY          process: by sockets only; kernel: with bpftrace only, as root. Unless
                     given, those without a socket by bpftrace where that is possible
  --listen ADDRESS   the [ADDRESS:]PORT that Prometheus scrapes: 127.0.0.1:9469 unless
                     --otlp is given
  --otlp URL         push to a receiver of OTLP/HTTP in protobuf; /v1/metrics is added.
                     Headers for it are in OTEL_EXPORTER_OTLP_HEADERS
  --otlp-interval S  push every S seconds: ${DEFAULT_INTERVAL} unless given
  --handlers         figures of handlers, too, which multiply the series
  --handlers-for T   figures of handlers for a time, such as 10m
  --no-color         no colours

From this machine, figures of handlers can be switched at any time:
  curl -X POST 'http://127.0.0.1:9469/handlers?for=10m'

It sees your own processes only, unless you are root. On the host, it sees those in
containers as well.
`,
  run
}

/** Gives figures of all processes to whoever asks, until it is interrupted. */
async function run(options: Arguments, { interruption, commandLine }: Context): Promise<number> {
  const ways = waysFor(options.via, commandLine)
  const handlers = new HandlersSwitch(options.handlers)
  if (options.handlersForMs !== undefined) handlers.on(options.handlersForMs)
  const processes = new FollowedProcesses({ wants: carrierFilter(options), ways, handlers, tell: say })
  const startedMs = Date.now()
  const own = () => ({
    handlers: handlers.wanted,
    handlersSinceMs: handlers.sinceMs,
    unread: processes.unread,
    startedMs
  })
  const push = pushFor(options, () => toOtlp(resourcesOf(processes.all(), own()), packageVersion()))
  const listen = options.listen ?? (push === undefined ? DEFAULT_ADDRESS : undefined)
  const server = new MetricsServer(() => snapshotOfAll(processes.all(), own()), handlers)
  const address = listen === undefined ? undefined : await server.listen(listen)
  try {
    await Promise.race([processes.start(), interruption.happened])
    push?.start()
    const places = [
      ...(address === undefined ? [] : [`listening at ${urlOf(address)}`]),
      ...(options.otlp === undefined ? [] : [`pushing to ${options.otlp.origin}${options.otlp.pathname}`])
    ]
    const count = [...processes.running()].length
    say(`${places.join(', ')}; ${count} process${count === 1 ? '' : 'es'} now; Ctrl-C ends it`)
    const { exitCode } = await interruption.happened
    return exitCode
  } finally {
    server.close()
    await processes.stop()
    await push?.stop()
  }
}

/** @throws Problem for headers that are none */
function pushFor({ otlp, otlpInterval }: Arguments, body: () => Buffer): OtlpPush | undefined {
  if (otlp === undefined) return undefined
  return new OtlpPush({
    url: otlp,
    interval: (otlpInterval ?? DEFAULT_INTERVAL) * 1000,
    headers: readHeaderList(process.env.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
    body,
    tell: say
  })
}

function urlOf({ host, port }: ListenAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
}
