import { subscribe, unsubscribe } from 'node:diagnostics_channel'

export const PROBES = ['route-start', 'handler-start', 'handler-done', 'route-done'] as const
export type Probe = (typeof PROBES)[number]

/** A probe that fired, its arguments in the contract's order. */
export interface Firing {
  probe: Probe
  args: (string | number)[]
}

/** The fields of each channel's message, in the order of the probe's arguments. */
const ARGUMENTS: Record<Probe, string[]> = {
  'route-start': ['serverName', 'routeName', 'id', 'method', 'url', 'headers', 'routePath'],
  'handler-start': ['serverName', 'routeName', 'handlerName', 'id', 'location'],
  'handler-done': ['serverName', 'routeName', 'handlerName', 'id', 'location', 'busy'],
  'route-done': ['serverName', 'routeName', 'id', 'statusCode', 'headers', 'routePath']
}

/** The argument that is the request's id. */
export const ID_ARGUMENT: Record<Probe, number> = {
  'route-start': 2,
  'handler-start': 3,
  'handler-done': 3,
  'route-done': 2
}

/** Records what is fired in this process, through the channels. */
export class Recorder {
  readonly firings: Firing[] = []
  readonly #listeners = new Map<Probe, (message: unknown) => void>()

  constructor(probes: readonly Probe[] = PROBES) {
    for (const probe of probes) {
      const listener = (message: unknown) => {
        const fields = message as Record<string, string | number>
        this.firings.push({ probe, args: ARGUMENTS[probe].map((name) => fields[name] as string | number) })
      }
      this.#listeners.set(probe, listener)
      subscribe(`restify:${probe}`, listener)
    }
  }

  /** Stops recording; gives all that was recorded. */
  stop(): Firing[] {
    for (const [probe, listener] of this.#listeners) unsubscribe(`restify:${probe}`, listener)
    this.#listeners.clear()
    return this.firings
  }

  /** Resolves when so many requests have ended, and fails after two seconds. */
  async requests(count: number): Promise<Firing[]> {
    const deadline = Date.now() + 2000
    while (this.firings.filter(({ probe }) => probe === 'route-done').length < count) {
      if (Date.now() > deadline)
        throw new Error(`${count} requests did not end; fired were ${JSON.stringify(this.firings)}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    return this.firings
  }
}

export function idOf({ probe, args }: Firing): number {
  return args[ID_ARGUMENT[probe]] as number
}

/** A request's firings as one short line each, such as `handler-start getfoo respond`. */
export function summary(firings: Firing[]): string[] {
  return firings.map(({ probe, args }) => {
    switch (probe) {
      case 'route-start':
        return `route-start ${args[1]}`
      case 'route-done':
        return `route-done ${args[1]} ${args[3]}`
      default:
        return `${probe} ${args[1]} ${args[2]}`
    }
  })
}

/** Each request's firings, in the order in which the requests began. */
export function byRequest<F extends Firing>(firings: F[]): F[][] {
  const requests = new Map<number, F[]>()
  for (const firing of firings) {
    const id = idOf(firing)
    requests.set(id, [...(requests.get(id) ?? []), firing])
  }
  return [...requests.values()]
}
