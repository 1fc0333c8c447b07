import { ADDON_FILE } from '../../native'

/** A copy of the addon that a process has mapped. */
export interface Mapping {
  /** The file's path, as the process itself knows it. */
  path: string
  deleted: boolean
  /** Device and inode: what the kernel attaches to. */
  inode: string
  /** Address of the start of the file. */
  base: bigint
  /** The range of its first mapping, as /proc/PID/map_files names it. */
  range: string
}

/** Two releases in one process are rare, three unheard of: a process with more shows us what it likes. */
const MAX_ADDONS = 4

/** Every line that is of interest has this in its path. */
const MARK = '.node'

const LINE = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) \S{4} ([0-9a-f]{1,16}) (\S{1,20}) (\d{1,20}) +(\/.{1,4096})$/
const DELETED = / \(deleted\)$/

/** The addons in the text of a /proc/PID/maps, each once, and no more than {@link MAX_ADDONS}. */
export function addonsIn(maps: string): Mapping[] {
  const found = new Map<string, Mapping>()
  for (let mark = maps.indexOf(MARK); mark !== -1 && found.size < MAX_ADDONS; ) {
    const start = maps.lastIndexOf('\n', mark) + 1
    const newline = maps.indexOf('\n', mark)
    const end = newline === -1 ? maps.length : newline
    const mapping = mappingOf(maps.slice(start, end))
    if (mapping !== undefined && !found.has(mapping.inode)) found.set(mapping.inode, mapping)
    mark = maps.indexOf(MARK, end)
  }
  return [...found.values()]
}

/** The start of an addon, in a line of its own. */
function mappingOf(line: string): Mapping | undefined {
  const [, start, end, offset, device, inode, name] = LINE.exec(line) ?? []
  if (name === undefined || Number.parseInt(offset as string, 16) !== 0) return undefined
  const path = name.replace(DELETED, '')
  if (!ADDON_FILE.test(path)) return undefined
  return {
    path: unescaped(path),
    deleted: DELETED.test(name),
    inode: `${device} ${inode}`,
    base: BigInt(`0x${start}`),
    range: `${start}-${end}`
  }
}

/** The kernel writes a newline in a path as \012. */
function unescaped(path: string): string {
  return path.replace(/\\012/g, '\n')
}
