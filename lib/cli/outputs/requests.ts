import type { FinishedRequest } from '../../figures/request'
import { requestJson } from '../render/json'
import { requestLine, waterfall } from '../render/request'
import { print, printJson } from '../terminal/output'
import type { Style } from '../terminal/style'
import { chosen, type Output } from './output'

/** Columns of what is no terminal. */
const WIDTH = 100

/** Requests one by one, as `trace` shows them. */
export interface RequestsOutput extends Output<FinishedRequest> {
  /** @param lost - how many requests were not seen */
  end(lost: number): void
}

export function requestsOutput(options: { json: boolean; handlers: boolean }, style: Style): RequestsOutput {
  return chosen<RequestsOutput>(options, {
    text: () => new RequestLines(options.handlers, style),
    json: () => new RequestsJson(options.handlers)
  })
}

/** A line for each request and, if they are asked for, its handlers as bars below it. */
class RequestLines implements RequestsOutput {
  readonly #handlers: boolean
  readonly #style: Style

  constructor(handlers: boolean, style: Style) {
    this.#handlers = handlers
    this.#style = style
  }

  show(request: FinishedRequest): void {
    print(requestLine(request, this.#style))
    if (!this.#handlers) return
    for (const bar of waterfall(request, process.stdout.columns || WIDTH, this.#style)) print(bar)
  }

  end(): void {}
}

class RequestsJson implements RequestsOutput {
  readonly #handlers: boolean

  constructor(handlers: boolean) {
    this.#handlers = handlers
  }

  show(request: FinishedRequest): void {
    printJson(requestJson(request, this.#handlers))
  }

  end(lost: number): void {
    printJson({ type: 'lost', count: lost })
  }
}
