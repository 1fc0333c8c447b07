import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import path from 'node:path'
import { hasOthersThanRoot, userName } from './processes/users'

/** A file or folder that somebody other than root can change. */
export interface Changeable {
  path: string
  /** The one who can change it, such as `user app`. */
  by: string
}

const ROOT = 0
const STICKY = 0o1000
const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002

/** Linux follows as many links. */
const MAX_LINKS = 40

/**
 * The first thing on the way to a file, from `/` through all links to the file itself, that somebody other
 * than root can change: such people decide what root would run.
 */
export function changeableOnTheWayTo(file: string): Changeable | undefined {
  const rest = path.resolve(file).split(path.sep)
  let at: string = path.sep
  for (let links = 0; ; ) {
    let stats: Stats
    try {
      stats = lstatSync(at)
    } catch {
      return { path: at, by: 'whoever has put it out of sight' }
    }
    const by = whoElseChanges(stats)
    if (by !== undefined) return { path: at, by }
    if (stats.isSymbolicLink()) {
      if (++links > MAX_LINKS) return { path: at, by: 'nobody: its links go in a circle' }
      rest.unshift(...readlinkSync(at).split(path.sep))
      at = rest[0] === '' ? path.sep : path.dirname(at)
    }
    let next = rest.shift()
    while (next === '') next = rest.shift()
    if (next === undefined) return undefined
    at = path.join(at, next)
  }
}

function whoElseChanges(stats: Stats): string | undefined {
  if (stats.uid !== ROOT) return `user ${userName(stats.uid)}`
  // The mode of a link says nothing, and in a folder such as /tmp nobody changes what is another's.
  if (stats.isSymbolicLink() || (stats.isDirectory() && (stats.mode & STICKY) !== 0)) return undefined
  if ((stats.mode & OTHERS_WRITE) !== 0) return 'every user'
  const { gid } = stats
  return (stats.mode & GROUP_WRITES) !== 0 && hasOthersThanRoot(gid) ? `group ${gid}` : undefined
}
