// Measures what a fleet costs the Prometheus that scrapes it: npm run simulate:fleet -- --targets 1000 --native
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'

const HERE = path.dirname(fileURLToPath(import.meta.url))

const HELP = `npm run simulate:fleet -- [options]
  --targets N      how many instances (1000)
  --routes N       of each instance (50)
  --handlers N     of each route; 0 for none (0)
  --native         native histograms in place of classic ones
  --interval S     seconds between two scrapes of an instance, more than 5 (15)
  --warm S         seconds before the measurement (60)
  --seconds S      of the measurement (120)
  --prometheus P   the program (prometheus)
  --rules          with the recording rules of examples/fleet, each half minute
  --top            also how long restify-probes top takes to ask it
`
const options = {
  targets: { type: 'string', default: '1000' },
  routes: { type: 'string', default: '50' },
  handlers: { type: 'string', default: '0' },
  native: { type: 'boolean', default: false },
  interval: { type: 'string', default: '15' },
  warm: { type: 'string', default: '60' },
  seconds: { type: 'string', default: '120' },
  prometheus: { type: 'string', default: 'prometheus' },
  rules: { type: 'boolean', default: false },
  top: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false }
}
const RULES = path.resolve(HERE, '..', '..', 'examples', 'fleet', 'recording-rules.yml')
/** The ticks in which /proc/PID/stat has times. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

const { values } = parseArgs({ options })
if (values.help) console.log(HELP)
else await simulate(values)

async function simulate({
  targets,
  routes,
  handlers,
  native,
  interval,
  warm,
  seconds,
  prometheus,
  rules,
  top
}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'simulated-fleet-'))
  const fleet = spawn(process.execPath, [path.join(HERE, 'targets.mjs'), targets, routes, handlers], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let server
  try {
    const port = Number(/listening: (\d+)/.exec(String(await once(fleet.stdout, 'data')))[1])
    server = await startPrometheus(prometheus, folder, { port, targets, interval, native, rules })
    await setTimeout(warm * 1000)
    const before = await look(server, port)
    await setTimeout(seconds * 1000)
    const after = await look(server, port)
    const per = (figure) => (after[figure] - before[figure]) / ((after.time - before.time) / 1000)
    console.log(
      JSON.stringify(
        {
          prometheus: version(prometheus),
          histograms: native ? 'native' : 'classic',
          targets: Number(targets),
          routes: Number(routes),
          handlersPerRoute: Number(handlers),
          seriesInHead: after.series,
          seriesPerTarget: Math.round(after.series / targets),
          samplesPerSecond: Math.round(per('samples')),
          bytesPerScrape: Math.round((after.bytes - before.bytes) / (after.scrapes - before.scrapes)),
          bytesPerScrapeGzipped: await gzippedScrape(port, native),
          failedScrapes: after.down,
          prometheusMemoryMB: Math.round(after.memory / 1e6),
          prometheusBytesPerSeries: Math.round(after.memory / after.series),
          prometheusCpuPercent: Math.round(100 * per('cpu')),
          walBytesPerSecond: Math.round(per('wal')),
          ...(rules ? { secondsOfRules: after.rules } : {}),
          ...(await blockOf(server)),
          ...(top ? await timesOfTop(server) : {})
        },
        null,
        1
      )
    )
  } finally {
    fleet.kill()
    if (server !== undefined) {
      server.child.kill()
      await once(server.child, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startPrometheus(program, folder, { port, targets, interval, native, rules }) {
  const pods = Array.from({ length: Number(targets) }, (_, number) => ({
    targets: [`127.0.0.1:${port}`],
    labels: {
      __metrics_path__: `/${number}/metrics`,
      instance: `10.0.${number >> 8}.${number & 255}:9464`,
      pod: `shop-${number}`
    }
  }))
  const config = path.join(folder, 'prometheus.yml')
  const data = path.join(folder, 'data')
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s`, evaluation_interval: '30s' },
      rule_files: rules ? [RULES] : [],
      scrape_configs: [{ job_name: 'shop', static_configs: pods }]
    })
  )
  const address = `127.0.0.1:${await freePort()}`
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=${address}`,
    '--web.enable-admin-api',
    ...(native ? ['--enable-feature=native-histograms'] : [])
  ]
  const child = spawn(program, flags, { stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.resume()
  const url = `http://${address}`
  for (;;) {
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false
      )
    )
      return { child, url, data }
    if (child.exitCode !== null) throw new Error(`${program} ended`)
    await setTimeout(200)
  }
}

async function look({ child, url, data }, port) {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  // Since Prometheus 2.40 there is a series of samples for each type.
  const own = (name) =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0
    )
  const { scrapes, bytes } = await (await fetch(`http://127.0.0.1:${port}/totals`)).json()
  return {
    time: Date.now(),
    scrapes,
    bytes,
    series: own('prometheus_tsdb_head_series'),
    samples: own('prometheus_tsdb_head_samples_appended_total'),
    rules: Number(own('prometheus_rule_group_last_duration_seconds').toFixed(1)),
    down: Number((await query(url, 'count(up == 0)'))?.value[1] ?? 0),
    memory: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1024,
    cpu: cpuSeconds(child.pid),
    wal: sizeOf(path.join(data, 'wal'))
  }
}

async function query(url, expression) {
  const answer = await (
    await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`)
  ).json()
  return answer.data?.result[0]
}

/** The CPU time of user and system together. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) / TICKS
}

async function gzippedScrape(port, native) {
  const accept = native
    ? 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
    : 'application/openmetrics-text'
  const answer = await fetch(`http://127.0.0.1:${port}/0/metrics`, { headers: { accept } })
  return gzipSync(Buffer.from(await answer.arrayBuffer())).length
}

/** Tells by a snapshot what the head is on disk once it is a block. */
async function blockOf({ url, data }) {
  const { data: answer } = await (await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' })).json()
  const block = path.join(data, 'snapshots', answer.name)
  const meta = readdirSync(block, { recursive: true }).filter((file) => file.endsWith('meta.json'))
  const samples = meta
    .map((file) => JSON.parse(readFileSync(path.join(block, file), 'utf8')).stats)
    .reduce((sum, { numSamples = 0 }) => sum + numSamples, 0)
  const chunks = readdirSync(block, { recursive: true }).filter((file) => file.includes('chunks/'))
  const bytes = chunks.reduce((sum, file) => sum + statSync(path.join(block, file)).size, 0)
  return { blockBytesPerSample: Number((bytes / samples).toFixed(2)) }
}

/** The times in seconds; null where a query took longer than the command waits. */
async function timesOfTop({ url }) {
  const command = path.join(HERE, '..', '..', 'dist', 'cli', 'main.js')
  const words = [command, 'top', '--prometheus', url, '--interval', '60', '--duration', '0.01']
  const timeOf = (...more) => {
    const begin = performance.now()
    const { status } = spawnSync(process.execPath, [...words, ...more], { stdio: 'ignore' })
    return status === 0 ? Number(((performance.now() - begin) / 1000).toFixed(1)) : null
  }
  return { topSeconds: timeOf(), topRoutesSeconds: timeOf('--routes') }
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => statSync(path.join(folder, file)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0)
}

function version(program) {
  const told = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return /version (\d[\d.]*)/.exec(told)[1].replace(/\.$/, '')
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
