// Soaks an app in abuse while tracers come, go and are killed, prints figures, and fails if anything grows:
// npm run soak [-- --minutes 10]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { missing } from '../support/compulsory'
import type { Ports } from './abuse'
import { type Sample, wrongIn } from './sample'
import { Tracers } from './tracers'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new TypeError(`--minutes takes a number above 0, not ${values.minutes}`)

const SECOND = 1000
/** The part of the whole time before the app is looked at for the first time. */
const WARM_UP = 0.15
const SAMPLES = 20
/**
 * The time for the app to be rid of connections whose clients are gone, with their timers, in milliseconds.
 */
const REST = 5 * SECOND
const MB = 1024 * 1024

class Soaked {
  readonly #died: Promise<never>

  private constructor(
    readonly process: ChildProcess,
    readonly ports: Ports
  ) {
    this.#died = once(process, 'exit').then(([code, signal]) => {
      throw new Error(`the app ended: ${code ?? signal}`)
    })
    this.#died.catch(() => {})
  }

  static async start(): Promise<Soaked> {
    const app = fork(path.join(__dirname, 'app.js'), { execArgv: ['--expose-gc', '--enable-source-maps'] })
    return new Soaked(app, ((await once(app, 'message')) as [Ports])[0])
  }

  async sample(): Promise<Sample> {
    this.process.send('sample')
    return (await Promise.race([once(this.process, 'message') as Promise<[Sample]>, this.#died]))[0]
  }

  async atRest(): Promise<Sample> {
    await setTimeout(REST)
    this.process.send('rest')
    await this.sample()
    // Objects that the last collection freed have finalizers to run.
    await setTimeout(SECOND)
    return this.sample()
  }
}

/** Clients for so long, and the channels listened to on and off. */
async function load(app: Soaked, milliseconds: number): Promise<void> {
  const { http, http2 } = app.ports
  const clients = fork(path.join(__dirname, 'clients.js'), [milliseconds, http, http2].map(String))
  const ended = once(clients, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`the clients ended with ${code}`)
    return true
  })
  for (let listen = true; ; listen = !listen) {
    app.process.send(listen ? 'listen' : 'leave')
    if (await Promise.race([ended, setTimeout(200 + Math.random() * 2000).then(() => false)])) break
  }
  app.process.send('leave')
}

async function soak(): Promise<number> {
  const byKernel = process.getuid?.() === 0 && missing(['bpftrace']) === undefined
  const app = await Soaked.start()
  const tracers = new Tracers(app.process.pid as number)
  const time = minutes * 60 * SECOND
  const phase = (milliseconds: number) =>
    Promise.all([load(app, milliseconds), tracers.comeAndGo(milliseconds, byKernel)])
  console.log(
    `${minutes} minutes, process ${app.process.pid}${byKernel ? '' : ', not by the kernel: that takes root and bpftrace'}`
  )
  console.log(
    '  seconds  requests  RSS MB  heap MB  descriptors  listeners  on a connection  tracers  killed'
  )
  const began = Date.now()
  const print = (sample: Sample) => {
    const { come, killed } = tracers.tally
    const cells = [
      ((Date.now() - began) / SECOND).toFixed(0),
      sample.requests,
      (sample.rssBytes / MB).toFixed(1),
      (sample.heapBytes / MB).toFixed(1),
      sample.descriptors.length,
      sample.listeners,
      sample.listenersOnConnection,
      Object.values(come).reduce((sum, count) => sum + count, 0),
      killed
    ]
    const widths = [9, 10, 8, 9, 13, 11, 17, 9, 8]
    console.log(cells.map((cell, index) => String(cell).padStart(widths[index] as number)).join(''))
  }
  try {
    await phase(time * WARM_UP)
    const before = await app.atRest()
    print(before)
    const during: Sample[] = []
    let over = false
    const main = phase(time * (1 - WARM_UP)).finally(() => {
      over = true
    })
    while (!over) {
      await Promise.race([main, setTimeout((time * (1 - WARM_UP)) / SAMPLES)])
      if (over) break
      during.push(await app.sample())
      print(during.at(-1) as Sample)
    }
    await main
    const after = await app.atRest()
    print(after)
    const { come, killed, leftOver, seen } = tracers.tally
    console.log(
      `at rest: before and after; ${after.paired} requests paired by the channels, ${seen} seen from outside`
    )
    console.log(`tracers: ${JSON.stringify(come)}, killed by -9: ${killed}, left over: ${leftOver}`)
    console.log(`uncaught: ${after.uncaught.length}, pairing violations: ${after.unpaired.length}`)
    console.log(`HTTP/2 sessions that Node had kept: ${after.stuckSessions}`)
    const wrong = wrongIn(before, during, after, tracers.tally)
    for (const sentence of wrong) console.log(`WRONG: ${sentence}`)
    return wrong.length === 0 ? 0 : 1
  } finally {
    if (app.process.connected) app.process.disconnect()
  }
}

void soak().then((status) => {
  process.exitCode = status
})
