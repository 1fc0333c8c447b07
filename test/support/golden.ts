import type { Express, NextFunction, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import scenarios from '../golden/scenarios.json'
import { type ExpressRelease, load } from './frameworks'

/** What restify 4.3.4 fired for an app and its requests. */
export interface Scenario {
  title: string
  server: string
  use: HandlerSpec[]
  routes: { method: string; path: string; name?: string; handlers: HandlerSpec[] }[]
  results: {
    request: { method: string; url: string; body?: string }
    status: number
    fired: { probe: string; args: (string | number | null)[] }[]
  }[]
}

interface HandlerSpec {
  kind: string
  name?: string
}

export const goldenScenarios = scenarios as Scenario[]

type Middleware = (req: Request, res: Response, next: NextFunction) => void

/** The same app on Express: there a handler that answers does not call next, or the request would go on to a 404. */
const KINDS: Record<string, Middleware> = {
  next: (_req, _res, next) => next(),
  'async-next': (_req, _res, next) => void setTimeout(() => next(), 5),
  'next-error': (_req, _res, next) => next(new Error('broken')),
  respond: (_req, res) => void res.send('ok'),
  'respond-and-stop': (_req, res) => void res.status(401).send('no'),
  'respond-without-next': (_req, res) => void res.send('ok'),
  'status-201': (_req, res) => void res.status(201).send('made'),
  'status-404': (_req, res) => void res.status(404).send('none')
}

function handlerOf({ kind, name }: HandlerSpec): Middleware {
  const answer = KINDS[kind]
  if (answer === undefined) throw new Error(`no handler of kind ${kind}`)
  const handler: Middleware = (req, res, next) => answer(req, res, next)
  Object.defineProperty(handler, 'name', { value: name ?? '' })
  return handler
}

export function goldenApp(scenario: Scenario, release: ExpressRelease): Express {
  const app = load(release)()
  // Express prints the errors that reach its own last handler, but not in this setting.
  app.set('env', 'test')
  app.use(restifyProbes({ name: scenario.server }))
  for (const spec of scenario.use) app.use(handlerOf(spec))
  for (const { method, path, name, handlers } of scenario.routes) {
    const named = name === undefined ? [] : [restifyProbes.route(name)]
    app[method as 'get'](path, ...named, ...handlers.map(handlerOf))
  }
  return app
}
