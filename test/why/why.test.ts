import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Command, objects, run } from '../support/cli'
import { CASES, type Case } from './cases'
import { APPS, type How, runAll, runCase, withApp } from './run'

/** The number of apps with something planted that the command may get wrong. */
const MOST_MISSED = 2

/**
 * The duration of a second try in seconds, where the first failed, as on a machine that is busy with other
 * things.
 */
const SECOND_TRY = 8

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }

/** @returns what was said wrong at both tries, a line for each app */
async function tryAll(t: TestContext, cases: readonly Case[], how: How = {}): Promise<string[]> {
  const missed: { one: Case; why: string }[] = []
  await runAll(cases, how, (one, { wrong }) => {
    if (wrong.length > 0) missed.push({ one, why: `${one.app} (${one.planted}): ${wrong.join('; ')}` })
  })
  t.diagnostic(`${cases.length - missed.length} of ${cases.length} at the first try`)
  const again: string[] = []
  for (const { one, why } of missed) {
    const { wrong } = await runCase(one, { ...how, seconds: SECOND_TRY })
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

  it('knows as much of an app that the command starts', async (t) => {
    const apps = ['later.cjs', 'timer.cjs', 'garbage-handler.cjs', 'healthy-express.cjs']
    const started = CASES.filter(({ app }) => apps.includes(app))
    assert.equal(started.length, apps.length)
    assert.deepEqual(await tryAll(t, started, { starts: true }), [])
  })

  it('watches an app that it starts from the first request on', async () => {
    const app = path.join(APPS, 'healthy-express.cjs')
    const args = ['why', '--duration', '0.5', '--json', '--', process.execPath, app]
    const command = new Command(args, { env: { ...process.env, PORT: '0' } })
    const [, port] = await command.printed(/listening: (\d+)\n/)
    await delay(1000)
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
    const [verdict] = objects((await command.end()).stdout)
    assert.equal(verdict?.requests, 1)
    assert.equal(Math.round(Number(verdict?.watchedNs) / 1e8), 5)
  })

  it('says how long it watched, whether requests came or not', async () => {
    const { stdout } = await withApp('healthy-express.cjs', 1, (pid) =>
      run(['why', '-p', String(pid), '--duration', '1'])
    )
    assert.match(stdout, /^No request came in 1 s/)
  })
})
