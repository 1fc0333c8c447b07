import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { HandlerMessage, RouteDoneMessage, RouteStartMessage } from 'restify-probes'
import { PROBES, type Probe } from '../support/recorder'

type Message = RouteStartMessage | HandlerMessage | RouteDoneMessage

/** Violations that are told of. */
const MAX_TOLD = 20

/** Checks the pairing of what the channels show as it comes, so that it can do so for hours. */
export class Pairs {
  readonly violations: string[] = []
  /** Requests that were shown whole. */
  whole = 0
  /** The handlers that run, by request. */
  readonly #open = new Map<number, string[]>()
  readonly #listeners = PROBES.map((probe) => ({
    name: `restify:${probe}`,
    listener: (message: unknown) => this.#check(probe, message as Message)
  }))

  start(): void {
    for (const { name, listener } of this.#listeners) subscribe(name, listener)
  }

  /** Stops. Requests that run on are not shown to the end. */
  stop(): void {
    for (const { name, listener } of this.#listeners) unsubscribe(name, listener)
    this.#open.clear()
  }

  #check(probe: Probe, message: Message): void {
    const { id } = message
    const handlers = this.#open.get(id)
    if (probe === 'route-start') {
      if (handlers !== undefined) this.#violated(`a second route-start of ${id}`)
      this.#open.set(id, [])
    } else if (handlers === undefined) this.#violated(`${probe} without the route-start of ${id}`)
    else if (probe === 'route-done') {
      if (handlers.length > 0) this.#violated(`route-done while ${handlers} ran`)
      this.#open.delete(id)
      this.whole++
    } else {
      const { handlerName } = message as HandlerMessage
      if (probe === 'handler-start') handlers.push(handlerName)
      else {
        const at = handlers.lastIndexOf(handlerName)
        if (at === -1) this.#violated(`handler-done of ${handlerName} without its start`)
        else handlers.splice(at, 1)
      }
    }
  }

  #violated(sentence: string): void {
    if (this.violations.length < MAX_TOLD) this.violations.push(sentence)
  }
}
