import { STATES } from '../support/states.mjs'

/**
 * Who is compared. `mode` is how server.mjs sets the server up, `script` what
 * bpftrace runs beside it, `command` the command that attaches by the socket, `listened` to how many probes somebody
 * then listens.
 */
export const VARIANTS = [
  { name: STATES.bare, mode: 'bare' },
  { name: STATES.empty, mode: 'empty' },
  { name: STATES.off, mode: 'off', listened: 0 },
  { name: STATES.on, mode: 'on', listened: 4 },
  { name: 'on, top by the socket', mode: 'off', command: ['top', '--via', 'process', '--json'], listened: 4 },
  {
    name: 'on, trace --handlers by the socket',
    mode: 'off',
    command: ['trace', '--handlers', '--via', 'process', '--json'],
    listened: 4
  },
  { name: 'on, bpftrace counting all four', mode: 'off', script: 'count', listened: 4 },
  { name: 'on, bpftrace running helloworld.bt', mode: 'off', script: 'helloworld', listened: 4 },
  { name: 'as many probes, fired by a bare app', mode: 'kernel', script: 'count', listened: 4 },
  { name: 'OpenTelemetry http + express', mode: 'opentelemetry' },
  { name: "subscriber on router's tracing channel", mode: 'tracing' },
  { name: 'restify 11, dtrace: true', mode: 'restify' }
]

export const ATTACHED = VARIANTS[4].name
export const COUNTED = VARIANTS[6].name
export const KERNEL = VARIANTS[8].name
export const OPEN_TELEMETRY = VARIANTS[9].name
