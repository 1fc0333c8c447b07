import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { type Pinned, pinned } from './apart/pins'
import type { OfferedSocket } from './sockets'

/** Opens a file without what could be done with it: Linux's own flag, which Node does not name. */
const O_PATH = 0o10000000

/**
 * Opens the socket that a process offers, so that nobody can put another in its place, and however long its path is.
 *
 * @returns undefined for one that is not that user's, nor root's: a process may have been root's when it made it
 * @throws Error as the system tells it
 */
export function pinSocket({ folder, name, uid }: OfferedSocket): Pinned | undefined {
  const isTrusted = (owner: number) => uid === undefined || owner === uid || owner === 0
  const inFolder = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    if (!isTrusted(fstatSync(inFolder).uid)) return undefined
    const descriptor = openSync(`/proc/self/fd/${inFolder}/${name}`, O_PATH | constants.O_NOFOLLOW)
    const stats = fstatSync(descriptor)
    if (stats.isSocket() && isTrusted(stats.uid)) return pinned(descriptor)
    closeSync(descriptor)
    return undefined
  } finally {
    closeSync(inFolder)
  }
}
