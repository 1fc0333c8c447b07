import type { Fn, Next, Req, Res, Spot } from './build'
import { type Handler, nameOf, type Param, type Step } from './model'
import type { Stage } from './stage'
import type { Names, Visit } from './visit'

/** The arguments that a handler was called with. */
interface Call {
  model: Handler
  number: number
  run: number
  visit: Visit
  stage: Stage
  req: Req
  res: Res
  next: Next
}

/** The facts that are noted when a handler runs. */
export interface Watch {
  stage: Stage
  number: number
  spot: Spot
  names(visit: Visit, req: Req): Names
  id(req: Req): number | undefined
}

/** A function that does what a description says, and notes what it finds and does. */
export function makeHandler(model: Handler, watch: Watch): Fn {
  function begin(self: unknown, args: IArguments): unknown {
    const [error, req, res, next] = (model.error ? [...args] : [undefined, ...args]) as [
      unknown,
      Req,
      Res,
      Next
    ]
    const { stage, number, spot } = watch
    const visit = stage.visitOf(req)
    const run = visit.runs++
    const seen = {
      url: req.url,
      method: req.method,
      baseUrl: req.baseUrl,
      originalUrl: req.originalUrl,
      params: { ...req.params },
      route: req.route && String(req.route.path),
      error: model.error ? String(error) : undefined,
      arguments: args.length,
      sameNext: req.next === next,
      this: typeof self
    }
    visit.note({
      what: 'runs',
      run,
      handler: number,
      seen,
      id: watch.id(req),
      spot,
      names: watch.names(visit, req)
    })
    const call = { model, number, run, visit, stage, req, res, next }
    let result: unknown
    try {
      result = model.async ? performAsync(call) : perform(call, model.steps, false)
    } catch (error) {
      visit.note({ what: 'throws', run, async: false })
      throw error
    }
    visit.note({ what: 'returns', run, ended: res.writableEnded })
    return result
  }

  // Frameworks count parameters.
  const fn = model.error
    ? function (this: unknown, _error: unknown, _req: unknown, _res: unknown, _next: unknown) {
        // biome-ignore lint/complexity/noArguments: how many there are is part of what is compared
        return begin(this, arguments)
      }
    : function (this: unknown, _req: unknown, _res: unknown, _next: unknown) {
        // biome-ignore lint/complexity/noArguments: as above
        return begin(this, arguments)
      }
  return Object.defineProperty(fn, 'name', { value: nameOf(model, watch.number) })
}

/** The callback of `param`, which passes on as its steps say. */
export function makeParam({ steps }: Param, stage: Stage): Fn {
  return (req: Req, _res: Res, next: Next, value: unknown, name: string) => {
    const visit = stage.visitOf(req)
    visit.note({ what: 'param', name, value })
    const pass = () => (steps.includes('error') ? next(new Error('param')) : next())
    if (steps.includes('wait')) visit.later(() => attempt(visit, pass))
    else pass()
  }
}

/** @param late - whether the handler has returned: what it throws now nobody would catch */
function perform(call: Call, steps: Step[], late: boolean): void {
  for (const [at, step] of steps.entries()) {
    if (step === 'wait') {
      call.visit.later(() => attempt(call.visit, () => perform(call, steps.slice(at + 1), true)))
      return
    }
    act(call, step === 'throw' && late ? 'error' : step)
  }
}

async function performAsync(call: Call): Promise<void> {
  const { visit, run, model } = call
  try {
    for (const step of model.steps) {
      if (step === 'wait') await new Promise<void>((resolve) => visit.later(resolve))
      else act(call, step)
    }
  } catch (error) {
    visit.note({ what: 'throws', run, async: true })
    throw error
  }
}

function act({ number, run, visit, stage, req, res, next }: Call, step: Step): void {
  const pass = (go: () => void) => {
    visit.note({ what: 'passes', run, step })
    go()
  }
  switch (step) {
    case 'next':
      pass(() => next())
      break
    case 'error':
      pass(() => next(new Error(`error of ${number}`)))
      break
    case 'route':
    case 'router':
      pass(() => next(step))
      break
    case 'req.next':
      pass(() => (req.next ?? next)())
      break
    case 'answer': {
      const body = `${number} ${req.method} ${req.url}`
      if (res.send === undefined) res.end(body)
      else res.send(body)
      break
    }
    case 'write':
      res.write(`${number} `)
      break
    case 'destroy':
      res.destroy()
      break
    case 'throw':
      throw new Error(`thrown by ${number}`)
    case 'on':
    case 'off':
      stage.tracer?.switchNow(step)
      break
    case 'wait':
      break
    default:
      if ('url' in step) req.url = step.url
      else req.method = step.method
  }
}

function attempt(visit: Visit, action: () => void): void {
  try {
    action()
  } catch (error) {
    visit.fail(error)
  }
}
