// The time in which Express reaches a route, in a process of its own: node express.mjs express flat 1000
import { answering } from '../support/answering.mjs'
import { fastest } from './fastest.mjs'
import { routesOf } from './routes.mjs'

const [release, shape, size] = process.argv.slice(2)
const { express, stack, url } = routesOf(release, shape, Number(size), function reached() {})

/** The same, but its first middleware goes no further. */
const stopped = express.Router()
stopped.use(function stops() {})

answering({
  /** Nanoseconds from the first middleware's `next` to the route's handler. */
  async round() {
    const all = await fastest(() => stack.handle(request(url), {}, fail))
    const before = await fastest(() => stopped.handle(request(url), {}, fail))
    return all - before
  }
})

function request(url) {
  return { method: 'GET', url, originalUrl: url }
}

function fail(error) {
  throw error ?? new Error(`no route for ${url}`)
}
