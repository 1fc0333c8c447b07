// Starts examples/helloworld, traces it with the package's own command, sends
// it requests, and prints how long each handler and each route took.
import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import { end, start, urlOf } from './processes'

const REQUESTS = 10
/** Shows every distribution, as in restify's guide. */
const SHOWN = ['--distributions', '--names', 'probe']

const root = path.join(__dirname, '..', '..', '..')
const command = path.join(root, 'dist', 'cli', 'main.js')
const helloworld = path.join(__dirname, '..', 'helloworld.js')

async function main(): Promise<void> {
  const server = start([helloworld])
  try {
    const url = await urlOf(server)
    console.log(`helloworld is process ${server.pid}, at ${url}`)
    const latency = start([command, 'latency', ...SHOWN, '--via', 'kernel', '-p', String(server.pid)])
    if (await says(latency, /measuring/)) {
      console.log(`Traced by bpftrace: restify-probes latency --via kernel -p ${server.pid}`)
      await measure(latency, url)
      return
    }
  } finally {
    await end(server, 'SIGTERM')
  }
  console.log('Traced in process: restify-probes latency -- node helloworld.js')
  const latency = start([command, 'latency', ...SHOWN, '--', process.execPath, helloworld])
  await measure(latency, await urlOf(latency))
}

/** Resolves with false if the process ends without a word of that. */
async function says(child: ChildProcess, pattern: RegExp): Promise<boolean> {
  let output = ''
  for await (const text of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    output += text
    if (pattern.test(output)) return true
  }
  return false
}

async function measure(latency: ChildProcess, url: string): Promise<void> {
  console.log(`Sending ${REQUESTS} requests of GET /hello/mark\n`)
  for (let i = 0; i < REQUESTS; i++) await (await fetch(`${url}/hello/mark`)).text()
  latency.stdout?.pipe(process.stdout)
  await end(latency, 'SIGINT')
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
