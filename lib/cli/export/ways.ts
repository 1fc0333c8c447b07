import type { Arguments } from '../arguments'
import { Problem } from '../problem'
import type { Carrier } from '../processes/carriers'
import type { Release } from '../sources/bpftrace/release'
import { checkedRelease } from '../sources/open'

/** The means by which processes can be counted, and those that were asked for. */
export interface Ways {
  via: Arguments['via']
  /** The bpftrace that may be used, or why there is none. */
  kernel: Release | Unusable
}

/** Tracing by the kernel is not to be had here. */
export class Unusable {
  /** @param why - empty where it is not wanted */
  constructor(readonly why: string) {}
}

/** @throws Problem when tracing by the kernel was asked for, and is not to be had */
export function waysFor(via: Arguments['via'], commandLine: readonly string[]): Ways {
  if (via === 'process') return { via, kernel: new Unusable('') }
  try {
    return { via, kernel: checkedRelease(commandLine) }
  } catch (error) {
    if (via === 'kernel' || !(error instanceof Problem)) throw error
    return { via, kernel: new Unusable(error.message) }
  }
}

/** The age, in seconds, at which an app has offered its socket if it ever does: it loads the probes a little before. */
const SETTLED = 5

/** How a process is counted: by its socket if it has one, and nobody wants it otherwise. */
export function wayOf(carrier: Carrier, via: Arguments['via']): 'process' | 'kernel' | 'later' {
  if (via === 'kernel') return 'kernel'
  if (carrier.sockets.length > 0) return 'process'
  return carrier.uptimeSeconds < SETTLED ? 'later' : 'kernel'
}
