import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { run } from '../support/cli'
import { DTRACE_NODE, DTrace, dtracing } from '../support/dtrace'
import { Helloworld, NAMES } from '../support/helloworld'
import { request } from '../support/http'

const EXAMPLES = path.join(__dirname, '..', '..', '..', 'examples')
const SCRIPT = path.join(EXAMPLES, 'helloworld-linux.d')

/** The rows of each of D's histograms that are not empty, by name: lowest value and count. */
function histograms(output: string): Map<string, [number, number][]> {
  const blocks = [
    ...output.matchAll(/^ *(\S+) *\n +value +-+ Distribution -+ count *\n((?: +-?\d+ \|.*\n)+)/gm)
  ]
  return new Map(
    blocks.map(([, name, rows]) => [
      name as string,
      [...(rows as string).matchAll(/^ +(-?\d+) \|[@ ]* +(\d+) *$/gm)]
        .map(([, value, count]): [number, number] => [Number(value), Number(count)])
        .filter(([, count]) => count > 0)
    ])
  )
}

/** Ten requests of the guide's, one after another. */
async function sendTen(server: Helloworld): Promise<void> {
  for (let i = 0; i < 10; i++) await request(server.port, '/hello/mark')
}

function assertGuides(output: string): void {
  const shown = histograms(output)
  assert.deepEqual([...shown.keys()].sort(), NAMES)
  for (const [name, rows] of shown) {
    const counted = rows.reduce((sum, [, count]) => sum + count, 0)
    assert.equal(counted, 10, `${name} in ${output}`)
    // As in the guide: the slow handler and its route take 128 to 511 ms, and no other handler does.
    const isSlow = name === 'slowHandler' || name === 'getfoo'
    for (const [lowest] of rows)
      assert.equal(lowest === 128 || lowest === 256, isSlow, `${name} in ${output}`)
  }
}

for (const [release, preload] of [
  ['Express 5', []],
  ['Express 4', [path.join(__dirname, '..', 'support', 'express-4.js')]]
] as const) {
  describe(`the guide's helloworld on ${release}, under DTrace`, dtracing(), () => {
    it("shows the guide's histograms; a tracer that is killed is no trouble for the next", async () => {
      const server = await Helloworld.startWith(DTRACE_NODE, preload)
      try {
        const killed = await DTrace.attach(['-s', SCRIPT], server.pid, () => server.enabled())
        await sendTen(server)
        await killed.kill()
        while ((await server.enabled()).length > 0) await setTimeout(50)
        const dtrace = await DTrace.attach(['-s', SCRIPT], server.pid, () => server.enabled())
        await sendTen(server)
        assertGuides(await dtrace.detach())
        while ((await server.enabled()).length > 0) await setTimeout(50)
      } finally {
        await server.stop()
      }
    })
  })
}

describe('DTrace on Linux', dtracing(), () => {
  it('lists the four probes of a process', async () => {
    const server = await Helloworld.startWith(DTRACE_NODE, [])
    const listed = await DTrace.list(server.pid)
    await server.stop()
    for (const probe of ['route-start', 'handler-start', 'handler-done', 'route-done'])
      assert.match(listed, new RegExp(`restify${server.pid} +restify_probes.*${probe}$`, 'm'), listed)
  })

  for (const [words, shows] of [
    [['latency'], /slowHandler/],
    [['trace', '--handlers'], /\d+ {2}< 200 {2}2\d\d ms {2}getfoo/]
  ] as const) {
    it(`runs what script ${words.join(' ')} --dtrace prints, as it is`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'd-'))
      const file = path.join(folder, 'script.d')
      writeFileSync(file, (await run(['script', ...words, '--dtrace'])).stdout)
      const server = await Helloworld.startWith(DTRACE_NODE, [])
      try {
        const dtrace = await DTrace.attach(['-s', file], server.pid, () => server.enabled())
        await sendTen(server)
        assert.match(await dtrace.detach(), shows)
      } finally {
        await server.stop()
        rmSync(folder, { recursive: true })
      }
    })
  }
})

it("helloworld-linux.d is the guide's script, with the process's provider", () => {
  const guide = readFileSync(path.join(EXAMPLES, 'helloworld.d'), 'utf8')
  const linux = readFileSync(SCRIPT, 'utf8').replace(/\/\*[\s\S]*?\*\/\n/, '')
  assert.equal(linux, guide.replaceAll('restify*', 'restify$target'))
})
