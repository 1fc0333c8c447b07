/** The name of the provider. DTrace adds the pid of the process to it. */
export const PROVIDER_NAME = 'restify'

/** The four probes, in the order that the native addon and every list here use. */
export const PROBE_NAMES = ['route-start', 'handler-start', 'handler-done', 'route-done'] as const

export type ProbeName = (typeof PROBE_NAMES)[number]

/** One bit for each probe, in the order of {@link PROBE_NAMES}. */
export const ROUTE_START = 1
export const HANDLER_START = 2
export const HANDLER_DONE = 4
export const ROUTE_DONE = 8
export const ALL_PROBES = ROUTE_START | HANDLER_START | HANDLER_DONE | ROUTE_DONE

export function probeNames(mask: number): ProbeName[] {
  return PROBE_NAMES.filter((_, index) => (mask & (1 << index)) !== 0)
}

/** The name of the channel of node:diagnostics_channel on which a probe is published. */
export function channelOf(probe: ProbeName): string {
  return `${PROVIDER_NAME}:${probe}`
}
