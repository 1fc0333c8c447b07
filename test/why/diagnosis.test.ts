import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as RenderModule from '../../dist/cli/render/why'
import type * as DiagnosisModule from '../../dist/cli/why/diagnosis'
import type * as TraitsModule from '../../dist/cli/why/traits'
import type { LoopHistory } from '../../dist/figures/event-loop'
import type { FinishedHandler, FinishedRequest } from '../../dist/figures/request'
import { internal } from '../support/cli'

const { diagnose } = internal<typeof DiagnosisModule>('why/diagnosis')
const { whyLines } = internal<typeof RenderModule>('render/why')
const { pathParameters, traitsOf } = internal<typeof TraitsModule>('why/traits')

const START = Date.UTC(2026, 0, 1)
const WATCHED = 10_000
const LOOP = { ms: WATCHED, delayP50Ms: 0, delayP99Ms: 1, delayMaxMs: 2, busyMs: 500, gcMs: 0 }
const WHOLE = { ...LOOP, cpuMs: 500, heapUsed: 1e6, rss: 1e7 }

/** A number from 0 to 1, the same in each run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Made {
  at: number
  ms: number
  busyMs?: number
  url?: string
  path?: string
  handler?: Partial<FinishedHandler>
  headers?: Record<string, string>
  rest?: Partial<FinishedRequest>
}

let id = 0

function request({
  at,
  ms,
  busyMs = 0.2,
  url = '/a',
  path = '/a',
  handler,
  headers = {},
  rest
}: Made): FinishedRequest {
  return {
    pid: 1,
    thread: 0,
    id: ++id,
    method: 'GET',
    url,
    urlCut: false,
    route: `get${path}`,
    routePath: path,
    status: 200,
    startMs: START + at,
    durationNs: ms * 1e6,
    requestHeaders: JSON.stringify(headers),
    handlers: [
      {
        name: `show${path}`,
        location: `app.js:${path.length}`,
        startNs: 0,
        durationNs: ms * 1e6,
        busyNs: busyMs * 1e6,
        ...handler
      }
    ],
    ...rest
  }
}

function many(count: number, make: (index: number) => Made): FinishedRequest[] {
  return Array.from({ length: count }, (_, index) => request(make(index)))
}

function watched(requests: FinishedRequest[], loop: Partial<LoopHistory> = {}): DiagnosisModule.Watched {
  const loops = [{ pid: 1, thread: 0, last: WHOLE, whole: WHOLE, stalls: [], collections: [], ...loop }]
  return { requests, loops, fromMs: START, toMs: START + WATCHED }
}

/** Gives all that is printed, without the ends of lines. */
function text(diagnosis: DiagnosisModule.Diagnosis): string {
  return whyLines(diagnosis, 120).join(' ').replace(/ +/g, ' ')
}

describe('why', () => {
  it('says that nothing came, and that nothing is wrong', () => {
    assert.match(text(diagnose(watched([]))), /^No request came in 10 s/)
    const fine = diagnose(watched(many(300, (i) => ({ at: i * 30, ms: 3 + (i % 7) }))))
    assert.deepEqual(fine.causes, [])
    assert.match(text(fine), /^Nothing is wrong\. 300 requests in 10 s/)
  })

  it('does not say that nothing is wrong where the event loop is busy, but names who holds it for longest', () => {
    const requests = [
      ...many(220, (i) => ({ at: i * 45, ms: 27, busyMs: 27, path: '/login' })),
      ...many(400, (i) => ({ at: i * 25, ms: 3 + (i % 7), path: '/me' }))
    ]
    const busy = { ...WHOLE, busyMs: WATCHED * 0.6 }
    const diagnosis = diagnose(watched(requests, { last: busy, whole: busy }))
    assert.deepEqual(diagnosis.causes, [])
    assert.match(
      text(diagnosis),
      /^No handler is slow, but the event loop is busy\. .* show\/login \(app\.js:6\) holds it for longest: 59 % of the time, 27\.0 ms in each of its 220 runs on average\. Event loop 60 % busy/
    )
    assert.equal(diagnosis.busiest?.place.name, 'show/login')
  })

  it('names a value that slow requests have, with its counts, and never a secret', () => {
    const requests = many(400, (i) => {
      const isSlow = i % 8 === 0
      return {
        at: i * 20,
        ms: isSlow ? 300 : 4,
        url: `/a?q=${i}&sort=${isSlow ? 'relevance' : 'price'}&access_token=s3cret${isSlow}`,
        headers: { 'x-signing-key': `k3y${isSlow}` }
      }
    })
    const diagnosis = diagnose(watched(requests))
    const [cause] = diagnosis.causes
    assert.equal(cause?.kind, 'waits')
    assert.equal(cause?.place?.location, 'app.js:2')
    const said = text(diagnosis)
    assert.match(said, /50 of 50 slow requests have sort=relevance in the query, 0 of 350 others\./)
    // The picture has the URL, from which the source has taken what it hides.
    const [answer = ''] = said.split(' slow 300 ms ')
    assert.ok(answer.length < said.length)
    assert.doesNotMatch(answer, /s3cret|k3y/)
  })

  it('names two values that only together are slow', () => {
    const requests = many(900, (i) => ({
      at: i * 10,
      ms: i % 3 === 0 && i % 5 === 0 ? 250 : 5,
      url: `/a?sort=${i % 3 === 0 ? 'relevance' : 'price'}`,
      headers: { 'x-tenant': i % 5 === 0 ? 'acme' : 'globex' }
    }))
    assert.match(
      text(diagnose(watched(requests))),
      /60 of 60 slow requests have the header x-tenant: acme and have sort=relevance in the query, 0 of 840 others/
    )
  })

  it('names one of two values where the first follows from the second', () => {
    const limits = (i: number) => (i % 20 < 9 ? 60_000 : i % 20 < 14 ? 60 : undefined)
    const slow = many(100, (i) => ({ at: i * 90, ms: 250, url: limits(i) ? `/a?limit=${limits(i)}` : '/a' }))
    const quick = many(400, (i) => ({
      at: i * 20,
      ms: 5,
      url: `/a?limit=${i % 20 < 3 ? 60 : 10}`
    }))
    assert.match(
      text(diagnose(watched([...slow, ...quick]))),
      /\b45 of 100 slow requests have limit=60000 in the query, 0 of 400 others/
    )
  })

  it('names the class of a status where slow requests end with several, and else the status', () => {
    const ended = (status: (index: number) => number) =>
      text(
        diagnose(
          watched(
            many(300, (i) => {
              const isSlow = i % 10 === 0
              return { at: i * 30, ms: isSlow ? 300 : 5, rest: { status: isSlow ? status(i) : 200 } }
            })
          )
        )
      )
    assert.match(
      ended((i) => (i % 20 === 0 ? 500 : 503)),
      /\b30 of 30 slow requests end with status 5xx, 0 of 270 others\./
    )
    const one = ended(() => 503)
    assert.match(one, /\b30 of 30 slow requests end with status 503, 0 of 270 others\./)
    assert.doesNotMatch(one, /5xx/)
  })

  it('names no fluke, however many values there are', () => {
    let named = 0
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFrom(seed)
      const requests = many(300, (i) => ({
        at: i * 30,
        ms: random() < 0.08 ? 300 : 4,
        url: `/a?${Array.from({ length: 12 }, (_, n) => `p${n}=${Math.floor(random() * 4)}`).join('&')}`,
        headers: { 'user-agent': `agent ${Math.floor(random() * 6)}` }
      }))
      if (diagnose(watched(requests)).causes[0]?.common !== undefined) named++
    }
    assert.equal(named, 0)
  })

  it('says that too few were slow to tell what they have in common', () => {
    const requests = many(100, (i) => ({ at: i * 90, ms: i % 33 === 7 ? 400 : 4, url: `/a?x=${i % 3}` }))
    assert.match(text(diagnose(watched(requests))), /3 slow runs are too few to tell/)
  })

  it('blames the handler that holds the loop, not those that wait meanwhile', () => {
    const blockers = many(10, (i) => ({ at: i * 900, ms: 300, busyMs: 300, url: '/block', path: '/block' }))
    const victims = many(90, (i) => ({
      at: Math.floor(i / 9) * 900 - 5 + (i % 9) * 0.4,
      ms: 306,
      url: `/quick/${i}`,
      path: '/quick/:id'
    }))
    const others = many(200, (i) => ({
      at: 400 + Math.floor(i / 20) * 900 + (i % 20) * 15,
      ms: 5,
      path: '/quick/:id'
    }))
    const { causes } = diagnose(watched([...blockers, ...victims, ...others]))
    assert.deepEqual(
      causes.map(({ kind, place }) => [kind, place?.name]),
      [['blocks', 'show/block']]
    )
    assert.equal(causes[0]?.heldUp, 90)
  })

  it('tells the time for which others held the loop beside that for which a slow handler waits', () => {
    const waits = many(24, (i) => ({ at: i * 400, ms: 270, path: '/remote' }))
    const holds = many(24, (i) => ({ at: i * 400 + 100, ms: 20, busyMs: 20, path: '/hash' }))
    const said = text(diagnose(watched([...waits, ...holds])))
    assert.match(
      said,
      /^show\/remote .* It waits for 250 ms in each of its 24 runs\. Such a run took 20\.0 ms more as others held the event loop\./
    )
    assert.match(said, / slow 270 ms GET /)
    assert.doesNotMatch(text(diagnose(watched(waits))), / more as others/)
  })

  it('finds who holds the loop after an await, by the stalls of the loop', () => {
    const culprits = many(12, (i) => ({ at: 600 + i * 700, ms: 130, path: '/render' }))
    const others = many(200, (i) => ({ at: i * 45, ms: 4, path: '/quick/:id' }))
    const stalls = culprits.map(({ startMs }) => ({ startMs: startMs + 20, ms: 109, cpuMs: 105 }))
    const { causes } = diagnose(watched([...culprits, ...others], { stalls }))
    assert.equal(causes[0]?.place?.name, 'show/render')
    assert.equal(causes[0]?.kind, 'blocks')
    assert.ok(causes[0]?.later)
  })

  it('blames no handler for stalls that come when they like, and nobody for those without CPU', () => {
    const requests = many(300, (i) => ({ at: i * 30, ms: 4, path: '/quick/:id' }))
    const stalls = Array.from({ length: 12 }, (_, i) => ({
      startMs: START + 700 + i * 707,
      ms: 120,
      cpuMs: 118
    }))
    const outside = diagnose(watched(requests, { stalls })).causes
    assert.deepEqual(
      outside.map(({ kind, place }) => [kind, place]),
      [['blocks', undefined]]
    )
    const starving = stalls.map((stall) => ({ ...stall, cpuMs: 4 }))
    const starved = diagnose(watched(requests, { stalls: starving }))
    assert.deepEqual(starved.causes, [])
    assert.match(
      text(starved),
      /^Nothing is wrong\..*late for 14 % of the time though it did not use the CPU/
    )
    const longer = starving.map((stall) => ({ ...stall, ms: 400 }))
    assert.match(
      text(diagnose(watched(requests, { stalls: longer }))),
      /^The process does not get enough of the CPU\./
    )
  })

  it('finds who holds the loop after an await in a handler that is asked for all the time', () => {
    const random = randomFrom(7)
    const often = many(1200, (i) => ({
      at: i * 8,
      ms: 5 + random() * 3,
      url: '/list?limit=20',
      path: '/list'
    }))
    const large = many(50, (i) => ({ at: 600 + i * 180, ms: 95, url: '/list?limit=60000', path: '/list' }))
    const stalls = large.map(({ startMs }) => ({ startMs: startMs + 7, ms: 84, cpuMs: 84 }))
    // At one stall no such run is there, so that the rule of presence at all stalls does not hold.
    const alone = { startMs: START + 9790, ms: 84, cpuMs: 84 }
    const heard = often.filter(
      ({ startMs }) => !stalls.some((stall) => startMs > stall.startMs - 9 && startMs < stall.startMs + 84)
    )
    const { causes } = diagnose(watched([...heard, ...large], { stalls: [...stalls, alone] }))
    assert.equal(causes[0]?.place?.name, 'show/list')
    assert.equal(causes[0]?.kind, 'blocks')
    assert.equal(causes[0]?.common?.traits[0]?.value, '60000')
  })

  it('blames no handler that is asked for all the time, and waits longer for some, for stalls of others', () => {
    const random = randomFrom(11)
    const stalls = Array.from({ length: 40 }, (_, i) => ({
      startMs: START + 700 + i * 220 + random() * 90,
      ms: 84,
      cpuMs: 84
    }))
    const requests = many(1200, (i) => {
      const isLong = i % 10 === 0
      return { at: i * 8, ms: isLong ? 90 + random() * 20 : 6, url: `/list?far=${isLong}`, path: '/list' }
    })
    // Whoever waited for a timer meanwhile goes on when the loop does.
    for (const request of requests) {
      const endMs = request.startMs + request.durationNs / 1e6
      const stall = stalls.find(({ startMs, ms }) => endMs > startMs && endMs < startMs + ms)
      if (stall === undefined) continue
      request.durationNs = (stall.startMs + stall.ms + 1 - request.startMs) * 1e6
      for (const handler of request.handlers) handler.durationNs = request.durationNs
    }
    const { causes } = diagnose(watched(requests, { stalls }))
    const blocking = causes.filter(({ kind }) => kind === 'blocks')
    assert.deepEqual(
      blocking.map(({ place }) => place),
      [undefined]
    )
  })

  it('names one of several routes, and a handler without a name in the middle of a sentence', () => {
    const nameless = { name: 'handler-2', location: 'app.js:9' }
    const requests = many(40, (i) => ({
      at: i * 240,
      ms: 200,
      busyMs: 200,
      path: i % 4 === 0 ? '/legal/terms' : '/legal/privacy',
      handler: nameless
    }))
    const said = text(diagnose(watched(requests)))
    assert.match(
      said,
      /^The handler at app\.js:9 makes GET \/legal\/privacy and 1 other route slow: it blocks/
    )
    const few = many(300, (i) => ({ at: i * 30, ms: i === 150 || i === 200 ? 900 : 4, handler: nameless }))
    assert.match(text(diagnose(watched(few))), / 2 of 300 runs of the handler at app\.js:9 took up to/)
  })

  it('tells garbage collection from computing', () => {
    const requests = many(20, (i) => ({ at: i * 450, ms: 100, busyMs: 100, path: '/snapshot' }))
    const collections = requests.map(({ startMs }) => ({ startMs: startMs + 30, ms: 55 }))
    assert.equal(diagnose(watched(requests, { collections })).causes[0]?.kind, 'collects')
    assert.equal(diagnose(watched(requests)).causes[0]?.kind, 'blocks')
  })

  it('blames both of two that are asked for at once and take as long, and not one for the other', () => {
    const pair = (path: string, later: number, ms: number) =>
      many(30, (i) => ({ at: i * 300 + later, ms, url: path, path, handler: { name: path } }))
    const others = many(300, (i) => ({ at: i * 30, ms: 1, path: '/quick' }))
    for (const [later, ms] of [
      [1, 199.5],
      [1, 204],
      [12, 188]
    ] as const) {
      const { causes } = diagnose(watched([...pair('/a', 0, 200), ...pair('/b', later, ms), ...others]))
      const found = causes.map(({ place, waitsFor, waiters }) => [place?.name, waitsFor, waiters.length])
      assert.deepEqual(found.sort(), [
        ['/a', undefined, 0],
        ['/b', undefined, 0]
      ])
    }
  })

  it('takes seconds at most, however many requests wait, and whatever a process tells of its loop', () => {
    const began = performance.now()
    const waiting = many(60_000, (i) => ({ at: i / 6, ms: i % 3 === 0 ? 9000 : 3000 }))
    diagnose(watched(waiting))
    const short = many(60_000, (i) => ({
      at: i / 6,
      ms: i % 100 === 0 ? 900 : 60,
      handler: { name: `h${i % 4}` }
    }))
    diagnose(watched(short))
    const stalls = Array.from({ length: 50_000 }, (_, i) => ({
      startMs: START + i / 5,
      ms: 9000,
      cpuMs: 5000
    }))
    const loops = [{ pid: 1, thread: 0, last: WHOLE, whole: WHOLE, stalls, collections: [] }]
    diagnose({ ...watched(waiting.slice(0, 2000)), loops })
    assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`)
  })

  it('says which worker is slow, and of a lock that runs wait for each other', () => {
    const requests = many(300, (i) => ({
      at: i * 30,
      ms: i % 3 === 0 ? 200 : 5,
      rest: { pid: 100 + (i % 3) }
    }))
    assert.match(text(diagnose(watched(requests))), /Only process 100 is slow, of 3\./)
    const random = randomFrom(7)
    let free = 0
    const arrivals = Array.from({ length: 110 }, () => random() * WATCHED).sort((a, b) => a - b)
    const locked = many(arrivals.length, (i) => {
      const at = arrivals[i] as number
      free = Math.max(free, at) + 80
      return { at, ms: free - at }
    })
    assert.match(text(diagnose(watched(locked))), /runs wait for each other, as for a lock/)
  })

  it('says of what it is asked for only: one route', () => {
    const requests = [
      ...many(30, (i) => ({ at: i * 300, ms: 250, path: '/slow' })),
      ...many(100, (i) => ({ at: i * 90, ms: 4, path: '/quick' }))
    ]
    const { causes, routes } = diagnose(watched(requests), ({ routePath }) => routePath === '/quick')
    assert.deepEqual(causes, [])
    assert.deepEqual(
      routes.map(({ title }) => title),
      ['GET /quick']
    )
  })

  it('prints whatever is in a request on one line, spelled out', () => {
    const hostile = '\u001b[31m\nred'
    const requests = many(400, (i) => ({
      at: i * 20,
      ms: i % 8 === 0 ? 300 : 4,
      headers: { 'x-tenant': i % 8 === 0 ? hostile : 'b' }
    }))
    const said = whyLines(diagnose(watched(requests)), 100)
    assert.ok(said.some((each) => each.includes('x-tenant: \\u001b[31m\\u000ared')))
    assert.ok(said.every((each) => !each.includes('\u001b') && !each.includes('\n')))
  })

  it('knows the parameters of a route', () => {
    assert.deepEqual(pathParameters('/a/:x/b/:y', '/a/1/b/two%20three'), [
      ['x', '1'],
      ['y', 'two three']
    ])
    assert.deepEqual(pathParameters('/a/:from-:to', '/a/1-9'), [
      ['from', '1'],
      ['to', '9']
    ])
    assert.deepEqual(pathParameters('/a/:id(\\d+)', '/a/7'), [['id', '7']])
    assert.deepEqual(pathParameters('/files/:user/*path', '/files/me/x/y'), [['user', 'me']])
    assert.deepEqual(pathParameters('/a/:x', '/a/1/2'), [])
    assert.deepEqual(pathParameters('/a', '/a'), [])
    assert.deepEqual(pathParameters('/:a:b-:c', '/xyz-1-2'), [
      ['a', 'x'],
      ['b', 'yz'],
      ['c', '1-2']
    ])
    assert.deepEqual(pathParameters('/:a-', '/-'), [])
  })

  it('takes no time for a path that was made to take it', () => {
    const began = performance.now()
    assert.deepEqual(pathParameters(`/${':a'.repeat(8)}-`, `/${'a'.repeat(2000)}`), [])
    assert.deepEqual(pathParameters(`/${':a('.repeat(100_000)}`, '/a'), [])
    assert.ok(performance.now() - began < 1000)
  })

  it('takes what is no header, no query and no URL for what it is', () => {
    for (const broken of ['[]', '{', '7', 'null', '{"a":{"b":1}}']) {
      const { has } = traitsOf(
        request({ at: 0, ms: 1, url: '?%&=&=x&%zz=%zz', rest: { requestHeaders: broken } })
      )
      assert.ok(has.length > 3)
    }
  })
})
