import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import type * as ComparisonModule from '../../dist/cli/compare/comparison'
import type * as PairsModule from '../../dist/cli/compare/pairs'
import type * as StatisticsModule from '../../dist/cli/compare/statistics'
import type * as RecorderModule from '../../dist/cli/recording/recorder'
import type { Recording } from '../../dist/cli/recording/recording'
import type * as WriteModule from '../../dist/cli/recording/write'
import type * as RenderModule from '../../dist/cli/render/comparison'
import type * as DistributionModule from '../../dist/figures/distribution'
import type * as FiguresModule from '../../dist/figures/figures'
import type * as GridModule from '../../dist/figures/grid'
import { Random } from '../hostile/fuzz/random'
import { internal, objects, run } from '../support/cli'

const { compareRecordings } = internal<typeof ComparisonModule>('compare/comparison')
const { pairsOfHandlers } = internal<typeof PairsModule>('compare/pairs')
const statistics = internal<typeof StatisticsModule>('compare/statistics')
const { Recorder } = internal<typeof RecorderModule>('recording/recorder')
const { comparisonSentences, comparisonTable } = internal<typeof RenderModule>('render/comparison')
const { recordingText } = internal<typeof WriteModule>('recording/write')
const { Distribution } = internal<typeof DistributionModule>('../figures/distribution')
const { describeRoute, Figures } = internal<typeof FiguresModule>('../figures/figures')
const { MILLISECONDS } = internal<typeof GridModule>('../figures/grid')

const MS = 1e6

/** A value of a normal distribution (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.part())) * Math.cos(2 * Math.PI * random.part())
}

interface Load {
  random: Random
  seconds?: number
  perSecond?: number
  /** The number of routes. */
  routes?: number
  /** The factor by which the query of the first route is slower. */
  slower?: number
  /**
   * The standard deviation of a logarithm by which seconds differ: requests of one second have that in
   * common.
   */
  weather?: number
  /** The factor by which one request in fifty is slower. */
  tail?: number
}

/** A recording of an app under load, whose machine is slower in some seconds than in others. */
function recorded({
  random,
  seconds = 30,
  perSecond = 40,
  routes = 4,
  slower = 1,
  weather = 0.1,
  tail = 1
}: Load) {
  const recorder = new Recorder(MILLISECONDS, 1)
  let grown = new Figures(MILLISECONDS)
  for (let second = 0; second < seconds; second++) {
    grown = grown.since(new Figures(MILLISECONDS))
    grown.forgetExtremes()
    const factor = Math.exp(weather * normal(random))
    for (let i = 0; i < routes; i++) {
      describeRoute(grown.route(`get${i}`), 'GET', `/${i}`)
      for (let each = 0; each < perSecond; each++) {
        const auth = factor * Math.exp(0.3 * normal(random)) * MS
        const isSlow = i === 0 && each % 50 === 0
        const query =
          factor *
          (4 + i) *
          Math.exp(0.5 * normal(random)) *
          MS *
          (i === 0 ? slower : 1) *
          (isSlow ? tail : 1)
        grown.route(`get${i}`).requests.record(auth + query)
        grown.handler(`get${i}`, 'auth', 'auth.js:1').durations.record(auth)
        grown.handler(`get${i}`, 'query', 'query.js:9').durations.record(query)
      }
    }
    recorder.takeFigures(grown)
  }
  return recorder.recording({ version: '1', command: 'latency', title: 'x', notes: [], loops: [] })
}

function verdicts(before: Recording, after: Recording): Record<string, string> {
  return Object.fromEntries(compareRecordings(before, after).map(({ name, verdict }) => [name, verdict]))
}

describe('a comparison of recordings that were made to take long', () => {
  it('takes as much longer as there are more handlers', () => {
    const recorder = new Recorder(MILLISECONDS, 1)
    let grown = new Figures(MILLISECONDS)
    for (let second = 0; second < 6; second++) {
      grown = grown.since(new Figures(MILLISECONDS))
      for (let i = 0; i < 8000; i++) {
        grown.handler('get', 'show', `a.js:${i}`).durations.record(MS)
        grown.handler('get', `nameless${i}`).durations.record(MS)
      }
      for (let i = 0; i < 10; i++) grown.route('get').requests.record(MS)
      recorder.takeFigures(grown)
    }
    const recording = recorder.recording({
      version: '1',
      command: 'latency',
      title: 'x',
      notes: [],
      loops: []
    })
    const began = performance.now()
    const [route] = compareRecordings(recording, recording)
    const lines = comparisonTable(route === undefined ? [] : [route], { names: 'path', all: true }, {})
    assert.equal(lines.length, 16_002)
    assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`)
  })
})

describe('statistics', () => {
  it("have Student's t as it is in tables", () => {
    for (const [freedom, t] of [
      [1, 12.706],
      [4, 2.776],
      [10, 2.228],
      [29, 2.045],
      [1000, 1.962]
    ] as const) {
      assert.ok(Math.abs(statistics.tQuantile(0.975, freedom) - t) < 0.001, `${freedom}`)
      assert.ok(Math.abs(statistics.tCumulative(t, freedom) - 0.975) < 0.0001, `${freedom}`)
    }
  })

  it('correct for how many were looked at, as Holm has it', () => {
    assert.deepEqual(
      statistics.corrected([0.01, 0.04, 0.03]).map((p) => Math.round(p * 1000)),
      [30, 60, 60]
    )
  })

  it('find which of two is the larger one, with ties', () => {
    const sample = (...milliseconds: number[]) => {
      const made = new Distribution(MILLISECONDS)
      for (const ms of milliseconds) made.record(ms * MS)
      return statistics.DurationSample.of([made])
    }
    assert.equal(statistics.superiority(sample(1, 1), sample(100)), 1)
    assert.equal(statistics.superiority(sample(1, 100), sample(1, 100)), 0.5)
    assert.equal(statistics.superiority(sample(1, 1, 1, 100), sample(1)), 3 / 8)
  })
})

describe('comparing recordings', () => {
  it('says that something changed in about one of twenty pairs between which nothing did', () => {
    const random = new Random(20261126)
    const PAIRS = 100
    let wrong = 0
    for (let pair = 0; pair < PAIRS; pair++) {
      const weather = random.of([0, 0.1, 0.4])
      const load = { random, weather, seconds: random.of([10, 20]), perSecond: random.of([5, 30]) }
      const found = compareRecordings(recorded(load), recorded(load))
      const all = found.flatMap((route) => [route, ...route.handlers])
      if (all.some(({ verdict }) => ['slower', 'faster', 'mixed'].includes(verdict))) wrong++
    }
    assert.ok(wrong <= 8, `${wrong} of ${PAIRS}`)
  })

  it('finds a route that takes a fifth longer, and no other, in nine of ten pairs', () => {
    const random = new Random(7)
    const PAIRS = 40
    let right = 0
    for (let pair = 0; pair < PAIRS; pair++) {
      const found = verdicts(recorded({ random }), recorded({ random, slower: 1.25 }))
      if (found.get0 === 'slower' && [found.get1, found.get2, found.get3].every((each) => each !== 'slower'))
        right++
    }
    assert.ok(right >= 0.9 * PAIRS, `${right} of ${PAIRS}`)
  })

  it('finds what happens to one request in fifty', () => {
    const random = new Random(8)
    const [before, after] = [recorded({ random, seconds: 30 }), recorded({ random, tail: 8 })]
    const [route] = compareRecordings(before, after).filter(({ name }) => name === 'get0')
    assert.equal(route?.verdict, 'slower')
    assert.ok((route?.tests?.p99?.p ?? 1) < 0.05)
  })

  it('says where there are too few requests, and what is new or gone', () => {
    const random = new Random(9)
    const before = recorded({ random, routes: 2, perSecond: 2, seconds: 10 })
    const after = recorded({ random, routes: 3 })
    before.figures.route('old').requests.record(MS)
    assert.deepEqual(verdicts(before, after), { get0: 'too few', get1: 'too few', get2: 'new', old: 'gone' })
    const short = recorded({ random, routes: 1, perSecond: 1000, seconds: 4 })
    assert.deepEqual(verdicts(short, short), { get0: 'too few' })
  })

  it('says that nothing changed where that is certain, and that there is no telling where it is not', () => {
    const random = new Random(10)
    const steady = { random, weather: 0, perSecond: 100, routes: 1 }
    assert.deepEqual(verdicts(recorded(steady), recorded(steady)), { get0: 'same' })
    const rough = { random, weather: 0.8, perSecond: 100, routes: 1, seconds: 10 }
    assert.deepEqual(verdicts(recorded(rough), recorded(rough)), { get0: 'unclear' })
  })

  it('tells in sentences what became slower, by how much, and in which handler', () => {
    const random = new Random(11)
    const routes = compareRecordings(recorded({ random }), recorded({ random, slower: 2 }))
    const sentences = comparisonSentences(routes, 'path')
    assert.equal(sentences.length, 1)
    assert.match(
      sentences[0] as string,
      /^GET \/0 is slower: on average [\d.]+ ms before, [\d.]+ ms after \(\+\d+ %, between \+\d+ % and \+\d+ %\); p99 .*; of the [\d.]+ ms more, [\d.]+ ms are in query \(query\.js:9\)\.$/
    )
    for (const width of [80, 120, 200]) {
      const lines = comparisonTable(routes, { names: 'path', all: false }, { width }) as string[]
      for (const text of lines) assert.ok([...text].length <= width, `${width}: ${text}`)
      assert.match(lines.at(-2) as string, /^GET \/0 .*slower, >?\d+\.\d %$/)
      assert.match(lines.at(-1) as string, /^ {2}query .*slower, >?\d+\.\d %$/)
    }
    const none = comparisonSentences(
      compareRecordings(recorded({ random, weather: 0 }), recorded({ random, weather: 0 })),
      'path'
    )
    assert.match(none.join(), /^No route became slower or faster with a certainty of 95 %: /)
  })

  it('knows handlers again whose lines have moved', () => {
    const handler = (name: string, location: string) => ({
      name,
      location,
      durations: new Distribution(MILLISECONDS)
    })
    const pairs = pairsOfHandlers(
      [
        handler('auth', 'a.js:1'),
        handler('wrap', 'a.js:2'),
        handler('wrap', 'b.js:2'),
        handler('handler-3', 'c.js:5'),
        handler('old', 'd.js:1')
      ],
      [
        handler('auth', 'a.js:4'),
        handler('wrap', 'a.js:2'),
        handler('wrap', 'b.js:8'),
        handler('handler-4', 'c.js:9'),
        handler('young', 'e.js:1')
      ]
    )
    assert.deepEqual(
      pairs.map(([was, is]) => [was?.location, is?.location]),
      [
        ['a.js:2', 'a.js:2'],
        ['a.js:1', 'a.js:4'],
        ['b.js:2', 'b.js:8'],
        ['c.js:5', 'c.js:9'],
        ['d.js:1', undefined],
        [undefined, 'e.js:1']
      ]
    )
  })
})

describe('compare', () => {
  it('prints what it found, as text and as JSON', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'compare-'))
    const write = (name: string, recording: Recording) => {
      writeFileSync(path.join(folder, name), recordingText(recording))
      return path.join(folder, name)
    }
    const random = new Random(12)
    const before = write('before.json', recorded({ random }))
    const after = write('after.json', recorded({ random, slower: 3 }))
    const other = write('other.json', { ...recorded({ random }), unit: 'us' })
    const text = await run(['compare', before, after, '--route', '/0'])
    assert.equal(text.code, 0, text.stderr)
    assert.match(
      text.stdout,
      /^ROUTE, HANDLERS .*VERDICT *\nGET \/0 .*slower.*\n {2}query .*slower.*\n\nGET \/0 is slower: /
    )
    const json = await run(['compare', before, after, '--json'])
    const all = objects<{
      name: string
      type: string
      verdict: string
      certainty: number
      mean: { ratio: number }
    }>(json.stdout)
    assert.equal(all.length, 12)
    const slower = all.filter(({ verdict }) => verdict === 'slower')
    assert.deepEqual(
      slower.map(({ type, name }) => [type, name]),
      [
        ['route', 'get0'],
        ['handler', 'query']
      ]
    )
    for (const { certainty, mean } of slower)
      assert.ok(certainty > 0.99 && mean.ratio > 2 && mean.ratio < 3.5)
    const refused = await run(['compare', before, other])
    assert.deepEqual([refused.code, /one counts in ms and the other in us/.test(refused.stderr)], [1, true])
    const one = await run(['compare', before])
    assert.deepEqual([one.code, /compare takes two files: compare BEFORE AFTER/.test(one.stderr)], [2, true])
    rmSync(folder, { recursive: true })
  })
})
