import type { ParseArgsConfig } from 'node:util'

/** Every option of every command. */
export const OPTIONS = {
  pid: { type: 'string', short: 'p', multiple: true },
  all: { type: 'boolean' },
  name: { type: 'string' },
  port: { type: 'string' },
  via: { type: 'string' },
  route: { type: 'string' },
  handlers: { type: 'boolean' },
  outgoing: { type: 'boolean' },
  routes: { type: 'boolean' },
  total: { type: 'boolean' },
  distributions: { type: 'boolean' },
  names: { type: 'string' },
  duration: { type: 'string' },
  'slower-than': { type: 'string' },
  status: { type: 'string' },
  url: { type: 'string' },
  header: { type: 'string', multiple: true },
  query: { type: 'string', multiple: true },
  unit: { type: 'string' },
  sort: { type: 'string' },
  prometheus: { type: 'string' },
  match: { type: 'string' },
  interval: { type: 'string' },
  listen: { type: 'string' },
  otlp: { type: 'string' },
  'otlp-interval': { type: 'string' },
  'handlers-for': { type: 'string' },
  record: { type: 'string' },
  html: { type: 'string' },
  inject: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  dtrace: { type: 'boolean' },
  json: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' }
} as const satisfies ParseArgsConfig['options']

export type Option = keyof typeof OPTIONS

/** Options that every command takes. */
export const EVERYWHERE: readonly Option[] = ['help', 'version', 'no-color']

/** The options of every command that listens to processes: which ones, and how. */
export const LISTENING: readonly Option[] = ['pid', 'all', 'name', 'port', 'via', 'inject', 'yes']

/** The options by which `top` asks a Prometheus in place of processes. */
export const OF_FLEET: readonly Option[] = ['prometheus', 'match', 'interval', 'route', 'routes']
