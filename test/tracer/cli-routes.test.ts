import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { AppProcess } from '../support/app-process'
import { Command, objects } from '../support/cli'
import { checkRoutes, type LatencyJson, loadRenamed, RENAMED } from '../support/renamed'
import { tracing, withBpftrace } from '../support/tracer'

const TIMES = 10
/** The number of handlers of one request that are counted. */
const MOST = 32

class Renamed extends AppProcess {
  static async start(): Promise<Renamed> {
    const child = fork(RENAMED, {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    for await (const text of child.stdout ?? []) {
      const port = /listening: (\d+)/.exec(String(text))?.[1]
      if (port !== undefined) return new Renamed(child, Number(port))
    }
    throw new Error('the server ended before it listened')
  }
}

describe(withBpftrace('handlers of requests that change routes'), tracing('bpftrace'), () => {
  let app: Renamed
  before(async () => {
    app = await Renamed.start()
  })
  after(() => app.stop())

  async function measured(args: string[]): Promise<{ stdout: string; stderr: string }> {
    const command = new Command(['latency', '--via', 'kernel', '-p', String(app.pid), ...args])
    await command.printed(/measuring process/)
    await loadRenamed(app.port, TIMES)
    return command.end('SIGINT')
  }

  it('are added up in the kernel under the route that the request ended in', async () => {
    const { stdout, stderr } = await measured(['--json'])
    const figures = objects<LatencyJson>(stdout)
    checkRoutes(figures, TIMES)
    for (const route of ['getmany64', 'getmany66', 'getmany100']) {
      const runs = figures.filter((each) => each.type === 'handler' && each.route === route)
      assert.equal(runs.length, MOST)
      for (const run of runs) assert.equal(run.count, TIMES, run.name)
    }
    const missing = (64 + 66 + 100 - 3 * MOST) * TIMES
    assert.match(
      stderr,
      new RegExp(
        `^restify-probes: ${missing} runs of handlers were not counted: .* more than ${MOST} each$`,
        'm'
      )
    )
  })

  it('are what top names', async () => {
    const command = new Command(['top', '--via', 'kernel', '-p', String(app.pid), '--json'])
    await command.printed(/watching process/)
    const load = loadRenamed(app.port, TIMES)
    await command.printed(/"route":"getapiusersid".*"slowestHandler":\{"name":"requireAuth"/, 'stdout')
    await load
    await command.end('SIGINT')
    for (const { route } of objects<{ route: string }>(command.stdout)) assert.notEqual(route, 'getapirest')
  })
})
