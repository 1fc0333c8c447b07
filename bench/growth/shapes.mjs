import { USUAL_HEADERS } from '../support/inject.mjs'

/** An app and a request that can be made larger in one respect. Each `build` takes Express, an app and a size. */
export const SHAPES = {
  routes: {
    title: 'routes in one stack, the last of which is asked for',
    sizes: [10, 100, 1000, 10_000],
    build(_express, app, size) {
      for (let i = 0; i < size; i++) app.get(`/thing${i}/:id`, answer)
      return { path: `/thing${size - 1}/7` }
    }
  },
  handlers: {
    title: 'handlers that a request runs',
    sizes: [1, 10, 30, 100],
    build(_express, app, size) {
      for (let i = 1; i < size; i++) app.use(passing(`step${i}`))
      app.get('/', answer)
      return { path: '/' }
    }
  },
  headers: {
    title: 'bytes of request headers',
    sizes: [200, 1024, 8192, 65_536],
    build(_express, app, size) {
      app.get('/', answer)
      return { path: '/', headers: headersOf(size) }
    }
  },
  flight: {
    title: 'requests in flight',
    sizes: [1, 10, 100, 1000],
    build(_express, app, size) {
      app.use(passing('before'))
      app.get('/', wait(size), answer)
      return { path: '/', flight: size }
    }
  },
  nesting: {
    title: 'routers in routers',
    sizes: [1, 5, 10, 20],
    build(express, app, size) {
      let router = app
      for (let depth = 0; depth < size; depth++) {
        const inner = express.Router()
        router.use('/in', inner)
        router = inner
      }
      router.get('/here', answer)
      return { path: `${'/in'.repeat(size)}/here` }
    }
  }
}

function answer(_req, res) {
  res.send('ok')
}

function passing(name) {
  return { [name]: (_req, _res, next) => next() }[name]
}

/** Holds requests until there are `size` of them, then lets all go. */
function wait(size) {
  let held = []
  return function wait(_req, _res, next) {
    held.push(next)
    if (held.length < size) return
    const released = held
    held = []
    for (const go of released) setImmediate(go)
  }
}

/** Headers of 100 bytes or less, which make as many bytes as JSON. */
function headersOf(size) {
  const headers = { host: USUAL_HEADERS.host }
  let left = size - JSON.stringify(headers).length
  for (let i = 0; left > 0; i++) {
    const name = `x-header-${i}`
    const overhead = name.length + ',"":""'.length
    headers[name] = 'v'.repeat(Math.max(1, Math.min(100, left) - overhead))
    left -= overhead + headers[name].length
  }
  return headers
}
