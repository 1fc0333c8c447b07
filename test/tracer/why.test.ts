import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tracing, withBpftrace } from '../support/tracer'
import { CASES } from '../why/cases'
import { runCase } from '../why/run'

/** Apps whose planted cause can be told without what only the process itself knows. */
const APPS = ['expand-all.cjs', 'tenant-header.cjs', 'worker-waits.cjs']

describe(withBpftrace('why, by the kernel'), tracing('bpftrace'), () => {
  for (const one of CASES.filter(({ app }) => APPS.includes(app))) {
    it(`names what was planted: ${one.planted}`, async () => {
      const { wrong, told } = await runCase(one, { seconds: 4, args: ['--via', 'kernel'] })
      assert.deepEqual(wrong, [], JSON.stringify(told))
    })
  }
})
