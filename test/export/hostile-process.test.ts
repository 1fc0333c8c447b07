import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startReceiver, withReceiver } from '../metrics/support/otlp-receiver'
import { NEWER_PROMETHEUS, startPrometheus, withPrometheus } from '../metrics/support/prometheus'
import { until } from '../metrics/support/until'
import { Attached } from '../support/attached'
import { Exporting } from '../support/exporting'
import { greeting, offerSocket, offerSockets } from '../support/impostor-socket'

const linux = { skip: process.platform !== 'linux' && 'processes are found by pid on Linux' }
const REQUESTS = 'http_server_request_duration_seconds_count'
const HELLO = `${greeting(1)}{"listening":true}\n`

/** What a process tells of one route that had requests of this status, so many in each of these buckets. */
function told(status: number, buckets: readonly number[]): string {
  const figures = {
    routes: [[0, 'lie', 'GET', '/lie']],
    handlers: [],
    requests: [[0, status, 1, 1000, 1000, 1000, 0, buckets]],
    runs: []
  }
  return `${JSON.stringify({ figures })}\n`
}

/** Counts whose sum no number has exactly, so that the parts are more than the whole. */
const MORE_THAN_ALL = [9, 2 ** 53 - 1, 10, 1, 11, 1, 12, 1, 13, 3]

/** Counts of which the same bucket is told again and again. */
const WITHOUT_END = Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? 9 : 2 ** 53 - 1))

/** An app that means well, beside this process, which offers a socket and lies. */
async function beside(
  lie: string,
  args: readonly string[],
  use: (exporting: Exporting, app: Attached) => Promise<void>
): Promise<void> {
  const takeAway = await offerSocket(HELLO + lie)
  const app = await Attached.start()
  const exporting = await Exporting.start(['-p', `${process.pid},${app.pid}`, ...args])
  try {
    await exporting.reached(1, 'restify_process_answers', { pid: String(app.pid) })
    await app.get('/wait/1')
    await exporting.reached(1, REQUESTS, { pid: String(app.pid) })
    await use(exporting, app)
  } finally {
    await exporting.stop()
    await app.stop()
    takeAway()
  }
}

describe('a process that lies', linux, () => {
  for (const [what, lie] of [
    ['counts of which the parts are more than the whole', told(200, MORE_THAN_ALL)],
    ['counts without end', told(200, WITHOUT_END)]
  ] as const) {
    it(`about ${what} does not keep a real Prometheus from the others`, withPrometheus(), async () => {
      await beside(lie, [], async (exporting) => {
        const args = ['--enable-feature=native-histograms']
        const database = await startPrometheus({ program: NEWER_PROMETHEUS, target: exporting.port, args })
        try {
          const count = `sum(histogram_count(http_server_request_duration_seconds{http_route="/wait/:ms"}))`
          await until(async () => (await database.valueOf(count)) === 1, 'the request of the other is there')
          assert.equal(await database.valueOf('up'), 1)
        } finally {
          await database.stop()
        }
      })
    })
  }

  for (const [what, lie] of [
    ['a status below zero', told(-3, [9, 1])],
    ['a status of twenty digits', told(1e20, [9, 1])],
    ['counts without end', told(200, WITHOUT_END)]
  ] as const) {
    it(`about ${what} does not keep a real receiver of OTLP from the others`, withReceiver(), async () => {
      const receiver = await startReceiver()
      const args = ['--listen', '0', '--otlp', `${receiver.url}/opentelemetry`, '--otlp-interval', '1']
      try {
        await beside(lie, args, async ({ command }) => {
          const count = `${REQUESTS}{http_route="/wait/:ms"}`
          await until(async () => (await receiver.valueOf(count)) === 1, 'the request of the other is there')
          assert.doesNotMatch(command.stderr, /could not be sent/)
        })
      } finally {
        await receiver.stop()
      }
    })
  }

  it('about times below zero makes no sum fall', async () => {
    const figures = {
      routes: [[0, 'lie', 'GET', '/lie']],
      handlers: [],
      requests: [[0, 200, 1, -1e21, -1e21, -1e21, -1e21, [9, 1]]],
      runs: []
    }
    await beside(`${JSON.stringify({ figures })}\n`, [], async (exporting) => {
      const samples = await exporting.samples()
      assert.deepEqual(
        samples.filter(({ value }) => value < 0),
        []
      )
    })
  })

  it('has no more connections than threads that anybody has', async () => {
    const { connections, takeAway } = await offerSockets(HELLO, 300)
    const exporting = await Exporting.start(['-p', String(process.pid)])
    try {
      await until(async () => connections() >= 64, 'it is listened to')
      await setTimeout(3000)
      assert.equal(connections(), 64)
    } finally {
      await exporting.stop()
      takeAway()
    }
  })

  it('gives routes for which it had no room as those for which there is none here', async () => {
    const figures = {
      routes: [
        [0, '(other routes)', '_OTHER', ''],
        [1, 'none', 'GET', '']
      ],
      handlers: [],
      requests: [
        [0, 200, 5, 1000, 1000, 1000, 0, [9, 5]],
        [1, 404, 1, 1000, 1000, 1000, 0, [9, 1]]
      ],
      runs: []
    }
    await beside(`${JSON.stringify({ figures })}\n`, [], async (exporting) => {
      const pid = String(process.pid)
      assert.equal(await exporting.sum(REQUESTS, { pid, http_route: '(other routes)' }), 5)
      assert.equal(await exporting.sum('restify_metrics_overflow_total', { pid, bound: 'routes' }), 5)
      assert.equal(await exporting.sum(REQUESTS, { pid }), 6)
    })
  })
})
