import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXPRESS_RELEASES, load, titleOf } from './support/frameworks'
import { assertGolden, goldenApp, goldenScenarios } from './support/golden'
import { request, serving } from './support/http'
import { Recorder } from './support/recorder'

for (const release of EXPRESS_RELEASES) {
  describe(`what restify 4.3.4 fired, on ${titleOf(release)} through the channels`, () => {
    for (const scenario of goldenScenarios) {
      for (const { request: sent, status, fired } of scenario.results) {
        it(`${scenario.title}: ${sent.method} ${sent.url}`, async () => {
          await serving(goldenApp(scenario, load(release)), async (server) => {
            const recorder = new Recorder()
            const answer = await request(server, sent.url, { method: sent.method, body: sent.body ?? '' })
            const firings = await recorder.requests(1)
            recorder.stop()
            assert.equal(answer.status, status)
            assertGolden(firings, fired)
          })
        })
      }
    }
  })
}
