// What --inject costs an app: how long it takes, and the longest pause of its event loop before, meanwhile and after.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { load } from '../servers/load.mjs'
import { Child } from '../support/child.mjs'
import { DIST } from '../support/probes.mjs'
import { heading, spread, table } from '../support/report.mjs'
import { summaryOf } from '../support/statistics.mjs'

const ROUNDS = 11

/**
 * The time in milliseconds for which a pause is waited for while nothing is done, and after the middleware
 * has left.
 */
const WINDOW = 500

/** Requests of one load; it is repeated as long as there is something to measure. */
const REQUESTS = 200

const file = new URL('./app.mjs', import.meta.url).pathname

/** Measures one app, injected once: the first time is the longest. */
async function measure() {
  const app = await Child.start('app', file, [], { execArgv: ['--inspect-port=9377'] })
  const url = await app.ask('address')
  let loading = true
  const loaded = (async () => {
    while (loading) await load(url, REQUESTS)
  })()
  // Compiled code and connections.
  await setTimeout(2 * WINDOW)
  const pauseIn = async (work) => {
    await app.ask('pause')
    await work
    return app.ask('pause')
  }
  const before = await pauseIn(setTimeout(WINDOW))
  const command = new Injecting(app.pid)
  const injecting = await pauseIn(command.listens())
  const listening = await pauseIn(setTimeout(WINDOW))
  await command.end()
  await setTimeout(2000)
  const after = await pauseIn(setTimeout(WINDOW))
  loading = false
  await loaded
  await app.end()
  return { took: command.took, before, injecting, listening, after }
}

class Injecting {
  /** The time that it tells, in milliseconds. */
  took = Number.NaN
  #command
  #text = ''

  constructor(pid) {
    const args = [`${DIST}cli/main.js`, 'latency', '-p', pid, '--inject', '--yes']
    this.#command = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#command.stderr.setEncoding('utf8').on('data', (text) => {
      this.#text += text
    })
  }

  /** @throws Error where it ends before */
  async listens() {
    while (!this.#text.includes('restify-probes: measuring ')) {
      if (this.#command.exitCode !== null) throw new Error(this.#text)
      await setTimeout(5)
    }
    this.took = Number(/ is free; (\d+) ms/.exec(this.#text)?.[1])
  }

  async end() {
    this.#command.kill('SIGINT')
    await once(this.#command, 'exit')
  }
}

heading('Injection')
const rounds = []
for (let round = 0; round < ROUNDS; round++) rounds.push(await measure())
const row = (title, key) => [title, `${spread(summaryOf(rounds.map((figures) => figures[key])), 1)} ms`]
table(
  ['app of 1,000 routes under load of 20 connections', 'figure'],
  [
    row('from the signal until the inspector is closed again', 'took'),
    row('longest pause of the event loop, in CPU time, in half a second before', 'before'),
    row('from the start of the command until it listens', 'injecting'),
    row('in the first half second in which it listens', 'listening'),
    row('in half a second after it has left', 'after')
  ]
)
