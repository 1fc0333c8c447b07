// Starts examples/helloworld, traces it, sends it requests, and prints how long
// each handler and each route took, as restify's DTrace guide does.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Bpftrace } from './bpftrace'
import { type Buckets, printDistributions } from './distribution'

const PROBES = 4
const REQUESTS = 10
// Requests, at once, before the tracer is attached: it is to see a server that is warm.
const WARM_UP = 200

const root = path.join(__dirname, '..', '..', '..')
const script = path.join(root, 'examples', 'helloworld.bt')

async function main(): Promise<void> {
  const server = fork(path.join(__dirname, '..', 'helloworld.js'), {
    env: { ...process.env, PORT: '0' },
    execArgv: ['--require', path.join(__dirname, 'listener.js')],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  try {
    const url = await listening(server)
    console.log(`helloworld is process ${server.pid}, at ${url}`)
    await warmUp(server, url)
    const stop = await trace(server)
    console.log(`Sending ${REQUESTS} requests of GET /hello/mark\n`)
    await send(url, REQUESTS)
    console.log(printDistributions(await stop()))
  } finally {
    const exited = once(server, 'exit')
    if (server.exitCode === null && server.kill()) await exited
  }
}

async function listening(server: ChildProcess): Promise<string> {
  for await (const text of server.stdout ?? []) {
    const url = /listening: (\S+)/.exec(String(text))?.[1]
    if (url !== undefined) return url
  }
  throw new Error('helloworld ended before it listened')
}

/** With the channels, so that what a traced request runs has run before. */
async function warmUp(server: ChildProcess, url: string): Promise<void> {
  await ask(server, 'listen')
  await Promise.all(Array.from({ length: WARM_UP }, () => send(url, 1)))
  await ask(server, 'forget')
}

async function send(url: string, requests: number): Promise<void> {
  for (let i = 0; i < requests; i++) {
    const response = await fetch(`${url}/hello/mark`)
    await response.text()
  }
}

/** By bpftrace where it can, else in the server's own process. */
async function trace(server: ChildProcess): Promise<() => Promise<Map<string, Buckets>>> {
  try {
    const bpftrace = await Bpftrace.attach(server.pid as number, script, async () => {
      const enabled = (await ask(server, 'enabled')) as string[]
      return enabled.length === PROBES
    })
    console.log(`Traced by bpftrace: bpftrace -p ${server.pid} examples/helloworld.bt`)
    return () => bpftrace.stop()
  } catch (error) {
    console.log(`Traced in process, by the channels of node:diagnostics_channel: ${(error as Error).message}`)
    await ask(server, 'listen')
    return async () => fromObject(await ask(server, 'report'))
  }
}

async function ask(server: ChildProcess, what: string): Promise<unknown> {
  server.send(what)
  return (await once(server, 'message'))[0]
}

function fromObject(distributions: unknown): Map<string, Buckets> {
  const entries = Object.entries(distributions as Record<string, Record<string, number>>)
  return new Map(
    entries.map(([name, buckets]) => [
      name,
      new Map(Object.entries(buckets).map(([lowest, count]) => [Number(lowest), count]))
    ])
  )
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
