import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { detached } from '../support/carriers'
import { Command, objects } from '../support/cli'
import { Shop } from '../support/shop'
import { Terminal } from '../support/terminal'
import { tracersOf, tracing, withBpftrace } from '../support/tracer'

const COMMANDS = {
  latency: /measuring process/,
  trace: /tracing process/,
  top: /watching process/
} as const

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}

describe(withBpftrace('the end of a command'), tracing('bpftrace', 'pgrep'), () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.start()
  })
  after(() => shop.stop())

  /** Attached, and with something to do. */
  async function attached(name: keyof typeof COMMANDS, args: string[] = []): Promise<Command> {
    const command = new Command([name, '--via', 'kernel', '-p', String(shop.pid), ...args])
    await command.printed(COMMANDS[name])
    await shop.load(100)
    return command
  }

  for (const name of Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]) {
    for (const [signal, expected] of [
      ['SIGINT', 0],
      ['SIGTERM', 143],
      ['SIGHUP', 129]
    ] as const) {
      it(`${name}, ${signal}: status ${expected}, and nothing is left`, async () => {
        const command = await attached(name)
        const tracers = tracersOf(command.process.pid as number)
        assert.equal(tracers.length, 1)
        const { code, stdout } = await command.end(signal)
        assert.equal(code, expected)
        if (name !== 'top') assert.match(stdout, /GET +\/r9\/:id/)
        assert.deepEqual(tracers.filter(isRunning), [])
        await detached(shop.pid)
      })
    }
  }

  it('SIGKILL leaves no tracer behind for long', async () => {
    const command = await attached('latency')
    const tracers = tracersOf(command.process.pid as number)
    await command.end('SIGKILL')
    // bpftrace ends when it next has something to say.
    while (tracers.some(isRunning)) await setTimeout(50)
    await detached(shop.pid)
  })

  it('a reader that has seen enough (| head): status 0, and nothing is left', async () => {
    const command = await attached('trace')
    await command.printed(/GET .*\/r\d/, 'stdout')
    command.process.stdout?.destroy()
    await shop.load(100)
    const { code } = await command.end()
    assert.equal(code, 0)
    await detached(shop.pid)
  })

  it('bpftrace was killed by somebody: status 1, and it says so', async () => {
    const command = await attached('trace')
    for (const tracer of tracersOf(command.process.pid as number)) process.kill(Number(tracer), 'SIGKILL')
    const { code, stderr } = await command.end()
    assert.equal(code, 1)
    assert.match(stderr, /^restify-probes: bpftrace was killed by SIGKILL$/m)
    await detached(shop.pid)
  })

  it('while it is still starting', async () => {
    const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid)])
    while (tracersOf(command.process.pid as number).length === 0) await setTimeout(5)
    const { code } = await command.end('SIGINT')
    assert.equal(code, 0)
    await detached(shop.pid)
  })
})

describe(withBpftrace('the end of the process that is traced'), tracing('bpftrace'), () => {
  it('ends latency, which shows what it has', async () => {
    const shop = await Shop.start()
    const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid), '--json', '--routes'])
    await command.printed(/measuring process/)
    await shop.load(100)
    await shop.stop('SIGKILL')
    const { code, stdout, stderr } = await command.end()
    assert.equal(code, 0)
    assert.match(stderr, new RegExp(`process ${shop.pid} ended`))
    for (const { count } of objects<{ count: number }>(stdout)) assert.equal(count, 10)
    assert.equal(objects(stdout).length, 10)
  })

  it('is not the end of top if it is started again', async () => {
    const first = await Shop.start({ execArgv: ['--title=restarted'] })
    const command = new Command(['top', '--via', 'kernel', '-p', String(first.pid), '--json'])
    await command.printed(/watching process/)
    await first.stop('SIGKILL')
    await command.printed(/waiting for it to start again/)
    const second = await Shop.start({ execArgv: ['--title=restarted'] })
    await command.printed(new RegExp(`now process ${second.pid}`))
    await second.load(100)
    await command.printed(/"route":"getr9id"/, 'stdout')
    const { code } = await command.end('SIGINT')
    assert.equal(code, 0)
    await detached(second.pid)
    await second.stop()
  })

  it('shows in the heading of top, as does what takes its place', tracing('tmux'), async () => {
    const start = () => Shop.start({ execArgv: ['--title=in-the-heading'] })
    const [left, first] = await Promise.all([start(), start()])
    const pids = `${left.pid},${first.pid}`
    const terminal = new Terminal(['top', '--via', 'kernel', '-p', pids], { width: 200, height: 24 })
    try {
      await terminal.shows(new RegExp(`^restify-probes top: processes ${left.pid}, ${first.pid} \\(`))
      await first.stop('SIGKILL')
      await terminal.shows(new RegExp(`: process ${left.pid} \\(.*, process ${first.pid} \\(ended: `))
      const second = await start()
      await terminal.shows(new RegExp(`: processes ${left.pid}, ${second.pid} \\([^(]*$`, 'm'))
      await second.stop()
    } finally {
      terminal.close()
      await left.stop()
    }
  })

  it('is not the end of top if it was one of several, and another takes its place', async () => {
    const start = () => Shop.start({ execArgv: ['--title=one-of-several'] })
    const [left, first, stranger] = await Promise.all([start(), start(), start()])
    const command = new Command(['top', '--via', 'kernel', '-p', `${left.pid},${first.pid}`, '--json'])
    await command.printed(/watching process/)
    await first.stop('SIGKILL')
    const second = await start()
    const [now] = await command.printed(/process \d+ ended; now .*\n/)
    assert.match(now, new RegExp(`; now processes ${left.pid}, ${second.pid}\n`))
    assert.doesNotMatch(now, new RegExp(`\\b${stranger.pid}\\b`))
    await second.load(10)
    await command.printed(/"route":"getr9id"/, 'stdout')
    assert.equal((await command.end('SIGINT')).code, 0)
    await Promise.all([left, second, stranger].map((shop) => shop.stop()))
  })
})
