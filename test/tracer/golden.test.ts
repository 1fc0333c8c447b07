import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EXPRESS_RELEASES, load, titleOf } from '../support/frameworks'
import { assertGolden, goldenApp, goldenScenarios } from '../support/golden'
import { request, serving } from '../support/http'
import { byRequest } from '../support/recorder'
import { parse, type SeenFiring, Tracer, tracing, withBpftrace } from '../support/tracer'

const results = goldenScenarios.flatMap((scenario) => scenario.results)

for (const release of EXPRESS_RELEASES) {
  describe(
    withBpftrace(`what restify 4.3.4 fired, on ${titleOf(release)} under bpftrace`),
    tracing('bpftrace'),
    () => {
      it('is what the kernel sees, probe by probe and argument by argument', async () => {
        const seen = await traceAll()
        assert.equal(seen.length, results.length)
        results.forEach(({ fired }, index) => {
          assertGolden(seen[index] as SeenFiring[], fired)
        })
      })
    }
  )

  async function traceAll(): Promise<SeenFiring[][]> {
    const tracer = await Tracer.attach()
    for (const scenario of goldenScenarios) {
      await serving(goldenApp(scenario, load(release)), async (server) => {
        for (const { request: sent, status } of scenario.results) {
          const answer = await request(server, sent.url, { method: sent.method, body: sent.body ?? '' })
          assert.equal(answer.status, status)
        }
      })
    }
    return byRequest(parse(await tracer.detach()))
  }
}
