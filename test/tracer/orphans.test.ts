import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tracing, withBpftrace } from '../support/tracer'
import { killCommands } from './orphans'

describe(withBpftrace('a command that is killed'), tracing('bpftrace'), () => {
  it('at any moment leaves no bpftrace behind', async () => {
    const { withTracer, left } = await killCommands(20, { seed: Date.now(), atOnce: 4 })
    assert.deepEqual(left, [])
    assert.ok(withTracer > 0)
  })
})
