import type { Arguments } from '../arguments'
import { Figures } from '../figures/figures'
import { printDistributions, slowestLast } from '../render/distribution'
import { latencyJson } from '../render/json'
import { type Context, print, say, sayLost } from './context'
import { listen } from './listen'
import { openFigures } from './sources'

/** How long each route and handler took, once it ends. */
export async function latency(options: Arguments, context: Context): Promise<number> {
  let figures = new Figures(options.grid)
  const began = Date.now()
  const progress = new Progress(process.stderr)
  const { source, title } = openFigures({ ...options, command: 'latency' }, context, (latest) => {
    figures = latest
    progress.show(`${Math.round((Date.now() - began) / 1000)} s, ${figures.requests()} requests so far`)
  })
  const { exitCode, message } = await listen(source, context.interruption, {
    seconds: options.seconds,
    started: () =>
      say(`measuring ${title}${options.seconds === undefined ? '; Ctrl-C shows what was measured' : ''}`)
  })
  progress.end()
  if (message !== undefined) say(message)
  sayLost(source)
  report(figures, options)
  return exitCode
}

function report(figures: Figures, { route, routes, handlers, json }: Arguments): void {
  const all = slowestLast(figures, { route, routes: routes || !handlers, handlers: handlers || !routes })
  if (json) for (const named of all) print(JSON.stringify(latencyJson(named)))
  else if (all.length > 0) print(printDistributions(all).trimEnd())
  else if (figures.requests() > 0)
    say(`no request reached ${route}; there were: ${[...figures.routes.keys()].join(', ')}`)
  else say('no request was seen')
}

/** A line that is written over, on terminals only. */
class Progress {
  readonly #stream: NodeJS.WriteStream
  #shown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  show(text: string): void {
    if (!this.#stream.isTTY) return
    this.#stream.write(`\r${text}\x1b[K`)
    this.#shown = true
  }

  end(): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
    this.#shown = false
  }
}
