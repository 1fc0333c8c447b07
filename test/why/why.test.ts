import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { CASES, type Case } from './cases'
import { runAll, runCase } from './run'

/** The number of apps with something planted that the command may get wrong. */
const MOST_MISSED = 2

/**
 * The duration of a second try in seconds, where the first failed, as on a machine that is busy with other
 * things.
 */
const SECOND_TRY = 8

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }

/** @returns what was said wrong at both tries, a line for each app */
async function tryAll(t: TestContext, cases: readonly Case[]): Promise<string[]> {
  const missed: { one: Case; why: string }[] = []
  await runAll(cases, {}, (one, { wrong }) => {
    if (wrong.length > 0) missed.push({ one, why: `${one.app} (${one.planted}): ${wrong.join('; ')}` })
  })
  t.diagnostic(`${cases.length - missed.length} of ${cases.length} at the first try`)
  const again: string[] = []
  for (const { one, why } of missed) {
    const { wrong } = await runCase(one, { seconds: SECOND_TRY })
    t.diagnostic(why)
    if (wrong.length > 0) again.push(`${why}; then ${wrong.join('; ')}`)
  }
  return again
}

describe('why, on apps in which a cause is planted', linux, () => {
  it('names the handler, what it does, and what slow requests have in common', async (t) => {
    const missed = await tryAll(
      t,
      CASES.filter(({ kind }) => kind !== undefined)
    )
    assert.ok(missed.length <= MOST_MISSED, missed.join('\n'))
  })

  it('says that nothing is wrong where nothing is', async (t) => {
    const blamed = await tryAll(
      t,
      CASES.filter(({ kind }) => kind === undefined)
    )
    assert.deepEqual(blamed, [])
  })
})
