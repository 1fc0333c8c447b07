import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command, objects } from '../support/cli'
import { workersOf } from '../support/family'
import { Shop } from '../support/shop'
import { tracing, withBpftrace } from '../support/tracer'

const WORKERS = 4

describe(
  withBpftrace('workers of a cluster that are killed while they are traced'),
  tracing('bpftrace'),
  () => {
    for (const way of ['kernel', 'process'] as const)
      it(`end neither the trace of the others nor the app, by the ${way}`, async () => {
        const shop = await Shop.start({ args: [String(WORKERS)] })
        try {
          const workers = workersOf(shop.pid)
          assert.equal(workers.length, WORKERS)
          const command = new Command(['trace', '--via', way, '-p', String(shop.pid), '--json'])
          await command.printed(/tracing/)
          await setTimeout(500)
          for (const pid of workers.slice(0, 2)) process.kill(pid, 'SIGKILL')
          while (workersOf(shop.pid).length > WORKERS - 2) await setTimeout(20)
          await shop.load(100)
          const { stdout, stderr, code } = await command.end('SIGINT')
          assert.equal(code, 0, stderr)
          const requests = objects(stdout).filter(({ type }) => type === 'request')
          assert.equal(requests.length, 100, stderr)
          assert.ok(requests.every(({ pid }) => workers.slice(2).includes(pid as number)))
        } finally {
          await shop.stop()
        }
      })
  }
)
