import assert from 'node:assert/strict'
import type http from 'node:http'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import type { InjectionReport } from '../../lib/inject/report'
import { type Answer, request, serving } from '../support/http'
import { PATHS, PLAIN_APPS } from '../support/plain-apps'
import { byRequest, Recorder, summary } from '../support/recorder'

const { inject } = require(path.join(__dirname, '..', '..', '..', 'dist', 'inject.js')) as {
  inject(options: { unheardMs: number }): Promise<InjectionReport>
}

/** The time for which the middleware stays unless somebody listens, in milliseconds. */
const UNHEARD = 500

/** Gives what clients got, and what was fired, for each request. */
async function visits(server: http.Server): Promise<{ answers: Answer[]; lines: string[][] }> {
  const recorder = new Recorder()
  const answers: Answer[] = []
  for (const path of PATHS) {
    answers.push(await request(server, path))
    await recorder.requests(answers.length)
  }
  return { answers: answers.map(withoutDate), lines: byRequest(recorder.stop()).map(summary) }
}

function withoutDate(answer: Answer): Answer {
  const { date: _, ...headers } = answer.headers
  return { ...answer, headers }
}

/** Resolves when the middleware has left. */
async function left(): Promise<void> {
  const present = Symbol.for('restify-probes.injection.1')
  while (present in globalThis) await setTimeout(20)
}

for (const { title, make } of PLAIN_APPS)
  describe(`an injected app, on ${title}`, () => {
    it('shows what it shows with the middleware in its source, and is as before afterwards', async () => {
      const source = await serving(make((app) => restifyProbes({ app })).listener, visits)
      const { listener, holder } = make()
      await serving(listener, async (server) => {
        const listeners = server.rawListeners('request')
        const { stack } = holder
        const layers = [...stack]
        const { servers } = await inject({ unheardMs: UNHEARD })
        assert.deepEqual(
          servers.flatMap(({ apps }) => apps.map(({ middleware }) => middleware)),
          ['injected']
        )
        assert.deepEqual(await visits(server), source)
        await left()
        assert.deepEqual(server.rawListeners('request'), listeners)
        assert.equal(holder.stack, stack)
        assert.ok(layers.length === stack.length && layers.every((layer, at) => layer === stack[at]))
        const after = new Recorder()
        for (const path of PATHS) await request(server, path)
        assert.deepEqual(after.stop(), [])
      })
    })
  })
