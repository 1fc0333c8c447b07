import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Attached } from '../support/attached'
import { detached, listed } from '../support/carriers'
import { Exporting, samplesIn } from '../support/exporting'
import { assertMetrics } from '../support/promtool'
import { tracersOf, tracing, withBpftrace } from '../support/tracer'

const REQUESTS = 'http_server_request_duration_seconds_count'
const BUCKETS = 'http_server_request_duration_seconds_bucket'
const AS_NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']

/** A word in the command lines of the apps of one test, which is no one else's. */
let words = 0
function word(): string {
  return `export-kernel-${process.pid}-${words++}`
}

function silent(mark: string): Promise<Attached> {
  return Attached.start({ nodeOptions: [`--conditions=${mark}`], options: { attach: false } })
}

/** An app without a socket, and the command that counts it in the kernel. */
async function counting(use: (exporting: Exporting, app: Attached) => Promise<void>): Promise<void> {
  const mark = word()
  const app = await silent(mark)
  const exporting = await Exporting.start(['--name', mark, '--via', 'kernel'])
  try {
    await use(exporting, app)
  } finally {
    await exporting.stop()
    await app.stop()
  }
}

/** Makes an app end when it has answered all, and without being killed in the middle of something. */
async function exit(app: Attached): Promise<void> {
  await app.get('/exit')
  await app.exited()
}

describe(withBpftrace('export'), { ...tracing('bpftrace', 'setpriv'), timeout: 120_000 }, () => {
  it('counts every request of apps without a socket by route and status, from the first of one that is started again', async () => {
    const mark = word()
    let app = await silent(mark)
    const exporting = await Exporting.start(['--name', mark, '--via', 'kernel'])
    try {
      assert.equal(await exporting.sum('restify_export_processes'), 1)
      const counted = { '/wait/:ms 200': 0, '/fail 500': 0, ' 404': 0, '/exit 200': 0 }
      for (const times of [40, 25, 10]) {
        await Promise.all(Array.from({ length: times }, () => app.get('/wait/1')))
        for (let i = 0; i < times / 5; i++) await app.get('/fail')
        await app.get('/nosuch')
        counted['/wait/:ms 200'] += times
        counted['/fail 500'] += times / 5
        counted[' 404']++
        counted['/exit 200']++
        await exit(app)
        app = await silent(mark)
        await app.get('/wait/1')
        counted['/wait/:ms 200']++
        // It is looked for every two seconds, and its first request is not lost.
        await exporting.reached(1, REQUESTS, { pid: String(app.pid) })
      }
      const all = Object.values(counted).reduce((sum, count) => sum + count)
      await exporting.reached(all, REQUESTS)
      // What comes later must not be counted again.
      await setTimeout(3000)
      const sums: Record<string, number> = {}
      for (const { name, labels, value } of await exporting.samples()) {
        if (name !== REQUESTS) continue
        const key = `${labels.http_route ?? ''} ${labels.http_response_status_code}`
        sums[key] = (sums[key] ?? 0) + value
        assert.equal(labels.http_request_method, 'GET')
        assert.equal(labels.user, 'root')
      }
      assert.deepEqual(sums, counted)
      assert.equal(await exporting.sum(REQUESTS, { pid: String(app.pid) }), 1)
      assert.equal(await exporting.sum('restify_export_unread_processes'), 0)
    } finally {
      await exporting.stop()
      await app.stop()
    }
  })

  it('knows on which side of each boundary a duration is, by comparing it', async () => {
    await counting(async (exporting, app) => {
      // In (0.088, 0.125], a bucket of the grid that the boundary 0.1 is in.
      const times = 8
      for (let i = 0; i < times; i++) await app.get('/wait/102')
      await exporting.reached(times, REQUESTS)
      const within = (le: string) => exporting.sum(BUCKETS, { le })
      assert.equal(await within('0.1'), 0)
      assert.equal(await within('10.0'), times)
      assert.equal(await within('+Inf'), times)
      assertMetrics((await exporting.get('/metrics')).body)
    })
  })

  it('takes apps by their sockets where these are offered, and others in the kernel, each request once', async () => {
    const mark = word()
    const offering = await Attached.start({ nodeOptions: [`--conditions=${mark}`] })
    const without = await silent(mark)
    await setTimeout(5000)
    const exporting = await Exporting.start(['--name', mark])
    try {
      await exporting.reached(1, 'restify_process_answers', { pid: String(offering.pid) })
      await exporting.reached(2, 'restify_export_processes')
      for (const app of [offering, without]) for (let i = 0; i < 6; i++) await app.get('/wait/1')
      await exporting.reached(12, REQUESTS)
      await setTimeout(3000)
      for (const { pid } of [offering, without])
        assert.equal(await exporting.sum(REQUESTS, { pid: String(pid) }), 6)
      assert.equal(exporting.command.stderr.match(/not counted/g), null)
    } finally {
      await exporting.stop()
      await offering.stop()
      await without.stop()
    }
  })

  it('names apps that it can not count, once, and counts them', async () => {
    const mark = word()
    const app = await Attached.start({
      nodeOptions: [`--conditions=${mark}`],
      options: { attach: false },
      cwd: '/',
      uid: 65534,
      gid: 65534
    })
    await setTimeout(5000)
    const asNobody = await Exporting.start(['--name', mark], { cwd: '/' }, AS_NOBODY)
    const bySocket = await Exporting.start(['--name', mark, '--via', 'process'])
    try {
      for (const exporting of [asNobody, bySocket])
        await exporting.reached(1, 'restify_export_unread_processes')
      await app.get('/wait/1')
      await setTimeout(5000)
      for (const exporting of [asNobody, bySocket]) {
        assert.equal(await exporting.sum('restify_export_processes'), 0)
        assert.equal(await exporting.sum(REQUESTS), 0)
      }
      const told = ({ command: { stderr } }: Exporting) =>
        stderr.split('\n').filter((line) => line.includes('not counted'))
      const [line, another] = told(asNobody)
      assert.equal(another, undefined)
      assert.match(
        line as string,
        new RegExp(
          `not counted: process ${app.pid} \\(.*attached\\.js\\): it offers no socket, and tracing needs root(, or capabilities that are missing here: .*)?$`
        )
      )
      assert.match(told(bySocket).join('\n'), /^[^\n]*: it offers no socket$/)
    } finally {
      await asNobody.stop()
      await bySocket.stop()
      await app.stop()
    }
  })

  it('gives the name of a route as it is, whatever it has in it, and as one label', async () => {
    await counting(async (exporting, app) => {
      await app.get('/odd')
      await exporting.reached(1, REQUESTS)
      const { body } = await exporting.get('/metrics')
      const routes = samplesIn(body).flatMap(({ name, labels }) =>
        name === REQUESTS ? labels.http_route : []
      )
      assert.deepEqual(routes, ['/odd{\n\t" 1\u001b\u202e}'])
      assertMetrics(body)
    })
  })

  it('tells that its bpftrace was killed, what is not counted since, and goes on with another, counting nothing twice', async () => {
    await counting(async (exporting, app) => {
      for (let i = 0; i < 5; i++) await app.get('/wait/1')
      await exporting.reached(5, REQUESTS)
      // An answer is given again for a second.
      await setTimeout(1100)
      for (const tracer of tracersOf(exporting.command.process.pid as number))
        process.kill(Number(tracer), 'SIGKILL')
      await exporting.command.printed(
        /bpftrace was killed by SIGKILL; requests are not counted until another is attached/
      )
      assert.equal(await exporting.sum('restify_export_unread_processes'), 1)
      assert.equal(await exporting.sum(REQUESTS), 5)
      await exporting.reached(0, 'restify_export_unread_processes')
      for (let i = 0; i < 3; i++) await app.get('/wait/1')
      await exporting.reached(8, REQUESTS)
      await setTimeout(3000)
      assert.equal(await exporting.sum(REQUESTS), 8)
    })
  })

  it('leaves nobody attached, however it ends', async () => {
    const mark = word()
    const app = await silent(mark)
    try {
      for (const signal of ['SIGINT', 'SIGKILL'] as const) {
        const exporting = await Exporting.start(['--name', mark, '--via', 'kernel'])
        assert.equal((await listed(app.pid))?.attached, true)
        await exporting.command.end(signal)
        await detached(app.pid)
      }
    } finally {
      await app.stop()
    }
  })
})
