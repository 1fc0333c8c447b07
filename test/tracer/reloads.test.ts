import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tracing, withBpftrace } from '../support/tracer'
import { reloadUnderTop } from './reloads'

describe(withBpftrace('a cluster that is reloaded'), tracing('bpftrace'), () => {
  it('is followed by top, reload after reload', async () => {
    assert.equal((await reloadUnderTop(3)).reloads, 3)
  })
})
