import http from 'node:http'

/** An app in which it is not simple to say which route a request was for. */
export const CASES = {
  build(express, first) {
    const app = express()
    for (const middleware of first) app.use(middleware)
    const answer = (_req, res) => res.send('answered')
    app.get('/users/:id', answer)

    const teams = express.Router({ mergeParams: true })
    teams.get('/:team', answer)
    const orgs = express.Router()
    orgs.use('/:org/teams', teams)
    app.use('/api/orgs', orgs)

    app.get('/posts/:id', (req, _res, next) => (req.params.id === 'new' ? next() : next('route')))
    app.get('/posts/new', answer)
    app.get('/posts/:id', answer)

    app.get('/throws/:id', () => {
      throw new Error('thrown')
    })
    const rejecting = express.Router()
    rejecting.get('/:id', async () => {
      throw new Error('rejected')
    })
    app.use('/rejects', rejecting)

    app.use('/private', (_req, res) => res.status(401).end())
    app.get('/private/:file', answer)

    const mounted = express()
    mounted.get('/item/:id', answer)
    app.use('/mounted', mounted)

    app.get('/slow/:id', (_req, res) => setTimeout(() => res.send('late'), 150))
    app.use((_error, _req, res, _next) => res.status(500).end())
    return app
  }
}

/** The requests, and what a series of each should be called. */
export const ASKED = [
  { title: 'a parameter', path: ['/users/1', '/users/mark'], right: 'GET /users/:id 200' },
  {
    title: 'a router in a router, parameters in both mount paths',
    path: ['/api/orgs/acme/teams/7', '/api/orgs/umbrella/teams/8'],
    right: 'GET /api/orgs/:org/teams/:team 200'
  },
  { title: 'a route that passes on to another', path: ['/posts/new'], right: 'GET /posts/new 200' },
  { title: 'the same method and path twice', path: ['/posts/1'], right: 'GET /posts/:id 200' },
  { title: 'an app in an app', path: ['/mounted/item/3'], right: 'GET /mounted/item/:id 200' },
  {
    title: 'HEAD, which a GET route answers',
    method: 'HEAD',
    path: ['/users/1'],
    right: 'HEAD /users/:id 200'
  },
  { title: 'a handler that throws', path: ['/throws/1'], right: 'GET /throws/:id 500' },
  { title: 'a handler in a router that rejects', path: ['/rejects/1'], right: 'GET /rejects/:id 500' },
  {
    title: 'middleware that answers in place of a route',
    path: ['/private/a', '/private/b'],
    right: 'GET /private/:file 401'
  },
  {
    title: 'no route, three paths of a scanner',
    path: ['/wp-login.php', '/.env', '/x/y/z'],
    right: 'GET (none) 404'
  },
  {
    title: 'a client that is gone before the answer',
    path: ['/slow/1'],
    abort: true,
    right: 'GET /slow/:id 444'
  }
]

/** Asks as a case says, and waits until the server is done with it. */
export async function ask(port, { method = 'GET', path, abort = false }) {
  for (const each of path) {
    await new Promise((resolve) => {
      const req = http.request({ host: '127.0.0.1', port, path: each, method, agent: false }, (res) =>
        res.resume().on('end', resolve)
      )
      req.on('error', resolve).end()
      if (abort) setTimeout(() => req.destroy(), 50)
    })
  }
  if (abort) await new Promise((resolve) => setTimeout(resolve, 300))
}
