// Starts three shops, one of them slow in one handler, and a Prometheus that scrapes
// them; sends them requests, and prints restify-probes top --prometheus.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { end, start, urlOf } from './processes'

const SLOW_POD = 'shop-b'
const PODS = ['shop-a', SLOW_POD, 'shop-c']
/** The time for which requests are sent, and that the table is of, in seconds. */
const SECONDS = 20
const SHOWN_SECONDS = 15
/** The requests that each pod is sent in a second. */
const REQUESTS_PER_SECOND = 40

const root = path.join(__dirname, '..', '..', '..')
const command = path.join(root, 'dist', 'cli', 'main.js')
const shop = path.join(__dirname, '..', 'fleet', 'shop.js')

interface Pod {
  name: string
  url: string
}

async function main(): Promise<void> {
  if (!hasPrometheus()) return
  const children: ChildProcess[] = []
  const folder = mkdtempSync(path.join(tmpdir(), 'fleet-'))
  try {
    const pods: Pod[] = []
    for (const name of PODS) {
      const child = start([shop], { SLOW: name === SLOW_POD ? '10' : '1' })
      children.push(child)
      pods.push({ name, url: await urlOf(child) })
      console.log(`${name} is process ${child.pid}, at ${pods.at(-1)?.url}`)
    }
    const { child, url } = await startPrometheus(folder, pods)
    children.push(child)
    console.log(`Prometheus is process ${child.pid}, at ${url}; requests are sent for ${SECONDS} seconds`)
    await Promise.all(pods.map((pod) => sendRequests(pod)))
    const words = ['top', '--prometheus', url, '--match', 'job="shop"', '--interval', String(SHOWN_SECONDS)]
    console.log(`\n$ restify-probes ${words.map(quoted).join(' ')}`)
    const top = start([command, ...words, '--duration', '0.1'])
    children.push(top)
    top.stdout?.pipe(process.stdout)
    await new Promise((resolve) => top.once('close', resolve))
  } finally {
    await Promise.all(children.map((child) => end(child, 'SIGTERM')))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Debian's own, which is installed here if that is allowed. */
function hasPrometheus(): boolean {
  if (isInstalled('prometheus')) return true
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    console.log('Installing Prometheus: apt-get install prometheus')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'prometheus'], {
      stdio: 'inherit',
      env
    })
    return true
  }
  console.error('Prometheus is not installed: apt-get install prometheus, or https://prometheus.io/download/')
  process.exitCode = 1
  return false
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

async function startPrometheus(
  folder: string,
  pods: readonly Pod[]
): Promise<{ child: ChildProcess; url: string }> {
  const config = {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'shop',
        static_configs: pods.map(({ name, url }) => ({ targets: [new URL(url).host], labels: { pod: name } }))
      }
    ]
  }
  const file = path.join(folder, 'prometheus.yml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${path.join(folder, 'data')}`]
  const child = spawn('prometheus', [...flags, `--web.listen-address=${address}`], { stdio: 'ignore' })
  const url = `http://${address}`
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with status ${child.exitCode}`)
    await setTimeout(100)
  }
  return { child, url }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = http.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function sendRequests({ url }: Pod): Promise<void> {
  const over = performance.now() + SECONDS * 1000
  const sent: Promise<unknown>[] = []
  for (let i = 0; performance.now() < over; i++) {
    const path = [`/products/${i}`, '/cart', '/orders', `/stock/${i}`][i % 4] as string
    const method = path === '/orders' ? 'POST' : 'GET'
    sent.push(fetch(url + path, { method }).then((answer) => answer.text()))
    await setTimeout(1000 / REQUESTS_PER_SECOND)
  }
  await Promise.all(sent)
}

/** Quotes a word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word}'`
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
