import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import http from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Command } from '../support/cli'
import { PlainProcess } from '../support/plain-process'

/** The number of commands that are killed; a soak takes a thousand. */
const CYCLES = Number(process.env.RESTIFY_PROBES_CYCLES ?? 20)

/** A command is killed within so many milliseconds, in which it starts, injects, attaches and listens. */
const LIFE = 1000

/** An injector is killed within so many milliseconds, in which it starts, opens the inspector and injects. */
const INJECTION = 300

const CONNECTIONS = 16

/** Requests without a pause, each of whose answers is looked at. */
class Load {
  answers = 0
  readonly wrong: string[] = []
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  readonly #port: number
  readonly #connections: Promise<void>[]
  #ended = false

  constructor(port: number) {
    this.#port = port
    this.#connections = Array.from({ length: CONNECTIONS }, () => this.#connection())
  }

  async end(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#connections)
    this.#agent.destroy()
  }

  async #connection(): Promise<void> {
    while (!this.#ended) {
      const answer = await this.#request().catch((error) => String(error))
      this.answers++
      if (answer !== '200 shown') this.wrong.push(answer)
    }
  }

  #request(): Promise<string> {
    return new Promise((resolve, reject) => {
      const req = http.get(
        { host: '127.0.0.1', port: this.#port, path: '/users/1', agent: this.#agent },
        (res) => {
          let text = ''
          res.setEncoding('utf8').on('data', (data) => {
            text += data
          })
          res.on('end', () => resolve(`${res.statusCode} ${text}`))
          res.on('error', reject)
        }
      )
      req.on('error', reject)
    })
  }
}

/** The injectors of commands that were killed: they carry on until the inspector is closed. */
function injectorsOf({ pid }: PlainProcess): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('injector.js') && line.includes(`"pid":${pid},`))
}

/** The injector that the command has started, not what is there to succeed it; undefined as long as there is none. */
function injectorUnder({ process: { pid } }: Command): number | undefined {
  const started = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n')
  const found = started.map((line) => line.trim().split(/ +/))
  return found
    .filter(([, parent, , program]) => parent === String(pid) && program?.endsWith('injector.js'))
    .map(([injector]) => Number(injector))[0]
}

/** Whether an injector was still there to be killed: a quick one has ended by itself. */
function wasKilled(injector: number): boolean {
  try {
    return process.kill(injector, 'SIGKILL')
  } catch {
    return false
  }
}

describe('a command that injects and is killed, whenever that is', () => {
  it(`leaves nothing behind, and no request is answered otherwise: ${CYCLES} times`, {
    timeout: 60_000 + CYCLES * 10_000
  }, async () => {
    const app = await PlainProcess.start('express')
    const before = await app.state()
    const load = new Load(app.port)
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const command = new Command(['latency', '-p', String(app.pid), '--inject', '--yes'])
      await setTimeout((cycle / CYCLES) * LIFE)
      await command.end('SIGKILL')
    }
    await load.end()
    // A command that was killed before it attached is waited for, for ten seconds.
    const deadline = Date.now() + 20_000
    while (Date.now() < deadline && JSON.stringify(await app.state()) !== JSON.stringify(before))
      await setTimeout(100)
    assert.deepEqual(await app.state(), before)
    assert.deepEqual(injectorsOf(app), [])
    assert.deepEqual(load.wrong, [])
    assert.ok(load.answers > CYCLES)
    await app.stop()
  })

  it('has its inspector closed again where the injector itself is killed, whenever that is', {
    timeout: 180_000
  }, async () => {
    const app = await PlainProcess.start('express')
    let killed = 0
    try {
      const before = await app.state()
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const command = new Command(['latency', '-p', String(app.pid), '--inject', '--yes'])
        let injector: number | undefined
        while (injector === undefined) injector = injectorUnder(command)
        await setTimeout((cycle / CYCLES) * INJECTION)
        if (wasKilled(injector)) killed++
        await command.end('SIGKILL')
      }
      const deadline = Date.now() + 20_000
      while (Date.now() < deadline && JSON.stringify(await app.state()) !== JSON.stringify(before))
        await setTimeout(100)
      assert.deepEqual(await app.state(), before)
      assert.ok(killed > CYCLES / 2, `${killed} of ${CYCLES} were killed before they had ended`)
    } finally {
      await app.stop('SIGKILL')
    }
  })
})
