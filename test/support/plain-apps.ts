import type http from 'node:http'
import connect from 'connect'
import type { Router } from 'express'
import { EXPRESS_RELEASES, load, titleOf } from './frameworks'
import { type Next, pass } from './handlers'

type Res = http.ServerResponse & { statusCode: number }

/** An app that knows nothing of probes, unless it is given what goes before all else in it. */
export interface PlainApp {
  title: string
  make(first?: (app: http.RequestListener) => unknown): Made
}

export interface Made {
  listener: http.RequestListener
  /** The object that has the array of layers that requests run through. */
  holder: { stack: unknown[] }
}

/** Requests that together run through all of a {@link PlainApp}'s stacks. */
export const PATHS = ['/users/7', '/users/7/pets/tom?x=1', '/sub/x', '/nowhere', '/fails', '/late', '/']

function respond(_req: unknown, res: Res): void {
  res.end('ok')
}

function mend(_error: unknown, _req: unknown, res: Res, _next: Next): void {
  res.statusCode = 500
  res.end('mended')
}

/** Adds what Express and `router` have in common, for the stacks of either. */
function fill(app: Router, inner: Router, deepest: Router): void {
  app.use(pass)
  app.use((_req, _res, next) => void setImmediate(next))
  app.get('/users/:id', pass, respond)
  app.get('/fails', () => {
    throw new Error('as it should')
  })
  app.get('/late', (_req, res) => void setTimeout(() => res.end('late'), 2))
  deepest.get('/pets/:name', (_req, _res, next) => next('route'))
  deepest.get('/pets/:pet', respond)
  inner.use('/:id', deepest)
  app.use('/users', inner)
}

const express: PlainApp[] = EXPRESS_RELEASES.map((release) => ({
  title: titleOf(release),
  make(first) {
    const framework = load(release)
    const app = framework()
    const sub = framework()
    app.set('env', 'test')
    if (first !== undefined) app.use(first(app) as never)
    fill(app, framework.Router(), framework.Router({ mergeParams: true }))
    sub.use(pass)
    sub.get('/x', respond)
    app.use('/sub', sub)
    app.use(mend)
    const { _router = app.router } = app as unknown as { _router: Made['holder'] | undefined }
    return { listener: app, holder: _router as unknown as Made['holder'] }
  }
}))

const routers: PlainApp[] = ['router', 'router-2.0', 'router-1'].map((name) => ({
  title: `router ${require(`${name}/package.json`).version}`,
  make(first) {
    const makeRouter = require(name) as (options?: object) => Router
    const router = makeRouter()
    const listener = (req: http.IncomingMessage, res: http.ServerResponse) =>
      router(req as never, res as never, () => {
        res.statusCode = 404
        res.end()
      })
    if (first !== undefined) router.use(first(router as never) as never)
    fill(router, makeRouter(), makeRouter({ mergeParams: true }))
    router.use(mend)
    return { listener, holder: router as unknown as Made['holder'] }
  }
}))

const connects: PlainApp[] = [
  {
    title: `connect ${require('connect/package.json').version}`,
    make(first) {
      const app = connect()
      const sub = connect()
      if (first !== undefined) app.use(first(app) as never)
      app.use(pass)
      app.use((_req: unknown, _res: unknown, next: Next) => void setImmediate(next))
      app.use('/fails', () => {
        throw new Error('as it should')
      })
      app.use('/users', respond)
      sub.use('/x', respond)
      app.use('/sub', sub)
      app.use(mend)
      return { listener: app, holder: app }
    }
  }
]

export const PLAIN_APPS: readonly PlainApp[] = [...express, ...routers, ...connects]
