import assert from 'node:assert/strict'
import path from 'node:path'
import { request } from './http'

/** A server whose requests change routes on their way, and whose handlers share names. */
export const RENAMED = path.join(__dirname, '..', 'fixtures', 'renamed.js')

const PATHS = ['/api/users/7', '/old/3', '/a', '/b', '/many/64', '/many/66', '/many/100', '/nested/1']

/** Sends each request so many times, and waits until the server has done with all. */
export async function loadRenamed(port: number, times: number): Promise<void> {
  // One path after the other, so that no handler waits long for those of others.
  for (const url of PATHS) await Promise.all(Array.from({ length: times }, () => request(port, url)))
  await request(port, '/idle')
}

export interface RouteJson {
  type: 'route'
  name: string
  method?: string
  path?: string
  count: number
}

export interface HandlerJson {
  type: 'handler'
  name: string
  route: string | null
  location?: string
  count: number
  minNs: number
  maxNs: number
  busyNs?: number
  buckets: { fromNs: number; toNs: number; count: number }[]
}

export type LatencyJson = RouteJson | HandlerJson

const MS = 1e6

/** Whether each handler is below the route that its request ended in, for requests that were sent so many times. */
export function checkRoutes(figures: readonly LatencyJson[], times: number): void {
  const routes = figures.filter((each) => each.type === 'route')
  const handlers = figures.filter((each) => each.type === 'handler')
  const below = (route: string) => handlers.filter((each) => each.route === route)
  const one = (route: string, name: string) => {
    const found = below(route).filter((each) => each.name === name)
    assert.equal(found.length, 1, `${found.length} handlers ${name} in ${route}`)
    return found[0] as HandlerJson
  }

  assert.deepEqual(
    routes.map(({ name, count }) => [name, count]).sort(),
    ['geta', 'getapiusersid', 'getb', 'getmany100', 'getmany64', 'getmany66', 'getnestedid', 'getnewid'].map(
      (name) => [name, times]
    )
  )
  for (const { route } of handlers)
    assert.ok(
      routes.some(({ name }) => name === route),
      `no route ${route}`
    )

  // A handler of a route that passed on, and one behind which the URL is another.
  const auth = one('getapiusersid', 'requireAuth')
  assert.deepEqual([auth.count, one('getapiusersid', 'showUser').count], [times, times])
  assert.ok(auth.minNs > 99 * MS && one('getapiusersid', 'showUser').minNs < 90 * MS)
  const rewrite = one('getnewid', 'rewriteUrl')
  assert.equal(rewrite.count, times)
  assert.ok(rewrite.minNs > 29 * MS)

  // Handlers of one name, in routes of their own.
  assert.ok(one('geta', 'asyncWrap').minNs < 40 * MS)
  assert.ok(one('getb', 'asyncWrap').minNs > 59 * MS)

  // One of these runs inside another of its name, by its own duration: 20 ms, 20 ms, and what answers at
  // once.
  const again = below('getnestedid').filter(({ name }) => name === 'again')
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
  assert.equal(sum(again.map(({ count }) => count)), 3 * times)
  const slow = again.flatMap(({ buckets }) => buckets).filter(({ toNs }) => toNs > 20 * MS)
  assert.equal(sum(slow.map(({ count }) => count)), 2 * times)
}
