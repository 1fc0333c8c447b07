import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { AppProcess } from '../support/app-process'
import { DTRACE_NODE, DTrace, dtracing, PRINT_ALL_IN_D } from '../support/dtrace'
import { assertGolden, goldenScenarios } from '../support/golden'
import { request } from '../support/http'
import { byRequest } from '../support/recorder'
import { parse, type SeenFiring } from '../support/tracer'

/** The servers of test/fixtures/golden, in a process of their own. */
class GoldenServers extends AppProcess {
  ports: number[] = []

  static async start(release: string): Promise<GoldenServers> {
    const { execPath, execArgv } = DTRACE_NODE
    const fixtures = path.join(__dirname, '..', 'fixtures')
    const child = fork(path.join(fixtures, 'golden.js'), [release], {
      execPath,
      execArgv: [...execArgv, '--require', path.join(fixtures, 'enabled.js')],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc']
    })
    for await (const text of child.stdout ?? []) {
      const ports = /listening: ([\d ]+)/.exec(String(text))?.[1]
      if (ports === undefined) continue
      const servers = new GoldenServers(child, 0)
      servers.ports = ports.split(' ').map(Number)
      return servers
    }
    throw new Error('the servers ended before they listened')
  }

  enabled(): Promise<string[]> {
    return this.askFor('enabled')
  }
}

for (const release of ['express', 'express-4']) {
  describe(`what restify 4.3.4 fired, under DTrace on ${release}`, dtracing(), () => {
    it('is what D sees, probe by probe and argument by argument', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'golden-'))
      const script = path.join(folder, 'all.d')
      writeFileSync(script, PRINT_ALL_IN_D)
      const servers = await GoldenServers.start(release)
      try {
        const dtrace = await DTrace.attach(['-s', script], servers.pid, () => servers.enabled())
        for (const [index, { results }] of goldenScenarios.entries()) {
          for (const { request: sent, status } of results) {
            const options = { method: sent.method, body: sent.body ?? '' }
            const answer = await request(servers.ports[index] as number, sent.url, options)
            assert.equal(answer.status, status)
          }
        }
        const seen = byRequest(parse(await dtrace.detach()))
        const golden = goldenScenarios.flatMap((scenario) => scenario.results)
        assert.equal(seen.length, golden.length)
        golden.forEach(({ fired }, index) => {
          assertGolden(seen[index] as SeenFiring[], fired)
        })
      } finally {
        await servers.stop()
        rmSync(folder, { recursive: true })
      }
    })
  })
}
