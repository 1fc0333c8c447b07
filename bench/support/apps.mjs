/** The middlewares of the app in restify's DTrace guide, without what they do: the worst case for a tracer. */
const MIDDLEWARES = [
  'parseAccept',
  'parseAuthorization',
  'parseDate',
  'parseQueryString',
  'parseUrlEncodedBody',
  'slowHandler'
]

const ROUTERS = 50
const ROUTES_A_ROUTER = 20

/**
 * Apps, with the path that is asked for, and how many handlers such a request runs.
 *
 * `build` takes Express, the middlewares that a variant puts first, and what it
 * puts in front of a route's handler to name it.
 */
export const APPS = {
  guide: {
    title: "the guide's app: six middlewares, one route",
    path: '/hello/mark',
    handlers: MIDDLEWARES.length + 1,
    build(express, first, naming) {
      const app = empty(express, first)
      for (const name of MIDDLEWARES) app.use(passing(name))
      app.get('/hello/:name', ...naming('GetFoo'), function respond(req, res) {
        res.send({ hello: req.params.name })
      })
      return app
    }
  },
  routers: {
    title: '50 routers with 1,000 routes, the last of which is asked for',
    path: `/area${ROUTERS - 1}/thing${ROUTES_A_ROUTER - 1}/7`,
    handlers: 1,
    build(express, first, naming) {
      const app = empty(express, first)
      for (let area = 0; area < ROUTERS; area++) {
        const router = express.Router()
        for (let thing = 0; thing < ROUTES_A_ROUTER; thing++) {
          router.get(`/thing${thing}/:id`, ...naming('GetThing'), function show(req, res) {
            res.send({ id: req.params.id })
          })
        }
        app.use(`/area${area}`, router)
      }
      return app
    }
  }
}

/** The same on restify, which has no routers. */
export const RESTIFY_APPS = {
  guide(server) {
    for (const name of MIDDLEWARES) server.use(passing(name))
    server.get('/hello/:name', function respond(req, res, next) {
      res.send({ hello: req.params.name })
      next()
    })
  },
  routers(server) {
    for (let area = 0; area < ROUTERS; area++) {
      for (let thing = 0; thing < ROUTES_A_ROUTER; thing++) {
        server.get(`/area${area}/thing${thing}/:id`, function show(req, res, next) {
          res.send({ id: req.params.id })
          next()
        })
      }
    }
  }
}

function empty(express, first) {
  const app = express()
  for (const middleware of first) app.use(middleware)
  return app
}

function passing(name) {
  return { [name]: (_req, _res, next) => next() }[name]
}
