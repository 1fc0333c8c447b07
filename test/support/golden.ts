import assert from 'node:assert/strict'
import type express from 'express'
import type { Express, NextFunction, Request, Response } from 'express'
import restifyProbes from 'restify-probes'
import scenarios from '../golden/scenarios.json'
import { type Firing, ID_ARGUMENT, type Probe } from './recorder'

/** An app with its requests, and what restify 4.3.4 fired for them. */
export interface Scenario {
  title: string
  server: string
  use: HandlerSpec[]
  routes: { method: string; path: string; name?: string; handlers: HandlerSpec[] }[]
  results: {
    request: { method: string; url: string; body?: string }
    status: number
    fired: GoldenFiring[]
  }[]
}

interface GoldenFiring {
  probe: string
  /** The arguments, with 1 for every id, and null for headers. */
  args: (string | number | null)[]
}

interface HandlerSpec {
  kind: string
  name?: string
}

/** The number of arguments that restify's probes have. */
const OWN_ARGUMENTS: Record<Probe, number> = {
  'route-start': 6,
  'handler-start': 4,
  'handler-done': 4,
  'route-done': 5
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

export function goldenApp(scenario: Scenario, framework: typeof express): Express {
  const app = framework()
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

/**
 * Probe by probe and argument by argument, those of restify's: ours come after them. The headers are a framework's
 * own; that they are there is checked.
 */
export function assertGolden(firings: Firing[], golden: GoldenFiring[]): void {
  const id = firings[0]?.args[2] as number
  assert.deepEqual(
    firings.map(({ probe, args }) => ({
      probe,
      args: args.slice(0, OWN_ARGUMENTS[probe]).map(headersToNull)
    })),
    golden.map(({ probe, args }) => ({
      probe,
      args: args.map((argument, index) => (index === ID_ARGUMENT[probe as Probe] ? id : argument))
    }))
  )
}

function headersToNull(argument: string | number): string | number | null {
  return typeof argument === 'string' && argument.startsWith('{"') ? null : argument
}
