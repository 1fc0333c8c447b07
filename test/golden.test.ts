import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXPRESSES, versionOf } from './support/frameworks'
import { goldenApp, goldenScenarios } from './support/golden'
import { request, serving } from './support/http'
import { Recorder } from './support/recorder'

for (const release of EXPRESSES) {
  describe(`what restify 4.3.4 fired, on ${versionOf(release)} through the channels`, () => {
    for (const scenario of goldenScenarios) {
      for (const { request: sent, status, fired } of scenario.results) {
        it(`${scenario.title}: ${sent.method} ${sent.url}`, async () => {
          await serving(goldenApp(scenario, release), async (server) => {
            const recorder = new Recorder()
            const answer = await request(server, sent.url, { method: sent.method, body: sent.body ?? '' })
            const firings = await recorder.requests(1)
            recorder.stop()
            assert.equal(answer.status, status)
            const id = firings[0]?.args[2] as number
            assert.deepEqual(
              firings.map(({ probe, args }) => ({ probe, args: args.map(headersToNull) })),
              fired.map(({ probe, args }) => ({ probe, args: withId(probe, args, id) }))
            )
          })
        })
      }
    }
  })
}

/** Headers differ with the framework; the golden file has null for them. */
function headersToNull(argument: string | number): string | number | null {
  if (typeof argument !== 'string' || !argument.startsWith('{')) return argument
  assert.equal(typeof JSON.parse(argument), 'object')
  return null
}

/** The golden file has 1 for every request's id. */
function withId(probe: string, args: (string | number | null)[], id: number): (string | number | null)[] {
  const at = probe.startsWith('handler') ? 3 : 2
  return args.map((argument, index) => (index === at ? id : argument))
}
