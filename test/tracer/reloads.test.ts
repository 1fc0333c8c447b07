import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tracing, withBpftrace } from '../support/tracer'
import { startReloadable } from './reloadable'
import { reloadUnderTop } from './reloads'

describe(withBpftrace('a cluster that is reloaded'), tracing('bpftrace'), () => {
  it('is followed by top, reload after reload, and let go of when top is killed', async () => {
    const { followed, killed, ended } = await reloadUnderTop(await startReloadable(), RELOADS)
    assert.ok(followed > 0 && killed > 0, JSON.stringify({ followed, killed, ended }))
  })
})

/** There are few, as each takes two seconds. reloads.ts can do a hundred and more. */
const RELOADS = 6
