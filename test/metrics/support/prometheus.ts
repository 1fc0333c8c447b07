import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { missing, skipFor } from '../../support/compulsory'
import { TimeSeriesDatabase } from './time-series-database'

const TRACERS = process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes'

/** The Prometheuses that are tried: this system's, which is Debian 12's 2.42, and that of Debian testing. */
export const PROMETHEUS = 'prometheus'
export const NEWER_PROMETHEUS = path.join(TRACERS, 'forky/usr/bin/prometheus')

/** Options for tests that need both. */
export function withPrometheus(): { skip: string | false } {
  const problem =
    missing(['prometheus', 'promtool']) ??
    (existsSync(NEWER_PROMETHEUS) ? undefined : `${NEWER_PROMETHEUS} is not there; .ci/tracers puts it there`)
  return skipFor(problem)
}

export function versionOf(program: string): string {
  return /version (\S+?)\+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
}

/** The time between two scrapes: the shortest that it takes. */
const INTERVAL = '1s'

/** A real Prometheus that scrapes an app, if a port is given, with an empty database. */
export async function startPrometheus({
  program,
  target,
  args = []
}: {
  program: string
  target?: number
  args?: readonly string[]
}): Promise<TimeSeriesDatabase> {
  const scrape =
    target === undefined
      ? ''
      : `scrape_configs:
  - job_name: app
    static_configs:
      - targets: ['127.0.0.1:${target}']
`
  return TimeSeriesDatabase.start(program, '/-/ready', (folder, address) => {
    const config = path.join(folder, 'prometheus.yml')
    writeFileSync(config, `global:\n  scrape_interval: ${INTERVAL}\n  scrape_timeout: ${INTERVAL}\n${scrape}`)
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
      ...args
    ]
  })
}
