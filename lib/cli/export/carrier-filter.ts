import type { Arguments } from '../arguments'
import { isBelow } from '../processes/ancestry'
import type { Carrier } from '../processes/carriers'
import { PortFinder } from '../processes/ports'
import { isNamed } from '../sources/choose'

/** Whether a process is one of those that somebody asked for; each is, if nobody asked for any. */
export function carrierFilter({
  pids,
  name,
  port
}: Pick<Arguments, 'pids' | 'name' | 'port'>): (carrier: Carrier) => boolean {
  return (carrier) =>
    (pids.length === 0 || pids.some((pid) => pid === carrier.pid || isBelow(carrier.pid, pid))) &&
    isNamed(carrier, name) &&
    (port === undefined || new PortFinder().of(carrier.pid).includes(port))
}
