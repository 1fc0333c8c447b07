import { openAddon } from '../addon'
import { isWorkerOf } from '../ancestry'
import { carrierOf, carriersOf, findCarriers, tracersOn } from '../carriers'
import { NoAddon } from '../elf'
import type { Mapping } from '../maps'
import { commandOf, environmentOf, hasFile } from '../proc'
import { listensToSignal } from '../signals'
import { pinSocket } from '../socket-pin'
import { SocketFinder } from '../sockets'
import { closePinned, pinned } from './pins'

/** All that reads memory or files which belong to another process: each of these may wait for ever. */
export const TASKS = {
  findCarriers,
  carrierOf: (pid: number) => carrierOf(pid),
  carriersOf,
  tracersOn,
  isWorkerOf,
  commandOf,
  environmentOf,
  hasFile,
  listensToSignal,
  /** Holds the file open until it is closed by its descriptor. */
  openAddon(pid: number, mapping: Mapping) {
    const opened = openAddon(pid, mapping)
    if (opened instanceof NoAddon) return undefined
    const { file, mapped } = opened
    return { mapped, ...pinned(file.descriptor) }
  },
  socketsOf: (pid: number) => new SocketFinder().of(pid),
  pinSocket,
  closePinned
}

export type Tasks = typeof TASKS
