import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CASES } from './cases'
import { type Outcome, runAll } from './run'

/** Of those in which something is planted, how many the command may get wrong: machines are busy with other things. */
const MOST_MISSED = 2

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }

describe('why, on apps in which a cause is planted', linux, () => {
  it('names the handler, what it does, and what slow requests have in common', {
    timeout: 290_000
  }, async (t) => {
    const missed: string[] = []
    const planted = CASES.filter(({ kind }) => kind !== undefined)
    await runAll(planted, {}, ({ app, planted: what }, { wrong }: Outcome) => {
      if (wrong.length > 0) missed.push(`${app} (${what}): ${wrong.join('; ')}`)
    })
    t.diagnostic(`${planted.length - missed.length} of ${planted.length} named`)
    assert.ok(missed.length <= MOST_MISSED, missed.join('\n'))
  })

  it('says that nothing is wrong where nothing is', { timeout: 120_000 }, async () => {
    const blamed: string[] = []
    const healthy = CASES.filter(({ kind }) => kind === undefined)
    await runAll(healthy, {}, ({ app }, { wrong, told }) => {
      if (wrong.length > 0) blamed.push(`${app}: ${wrong.join('; ')} ${JSON.stringify(told.slice(0, 2))}`)
    })
    assert.deepEqual(blamed, [])
  })
})
