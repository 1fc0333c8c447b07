/** A copy of the addon that a process has mapped. */
export interface Mapping {
  /** As the process itself knows it. */
  path: string
  deleted: boolean
  /** Device and inode: what the kernel attaches to. */
  inode: string
  /** Address of the start of the file. */
  base: bigint
  /** The range of its first mapping, as /proc/PID/map_files names it. */
  range: string
}

const ADDON = /\/restify[_-]probes(\.napi)?\.node$/
const LINE = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) (\S+) (\d+) +(\/.*)$/
const DELETED = / \(deleted\)$/

/** The addons in the text of a /proc/PID/maps, each once. */
export function addonsIn(maps: string): Mapping[] {
  const found = new Map<string, Mapping>()
  for (const line of maps.split('\n')) {
    const [, start, end, offset, device, inode, name] = LINE.exec(line) ?? []
    if (name === undefined || Number.parseInt(offset as string, 16) !== 0) continue
    const path = name.replace(DELETED, '')
    const key = `${device} ${inode}`
    if (!ADDON.test(path) || found.has(key)) continue
    found.set(key, {
      path: unescaped(path),
      deleted: DELETED.test(name),
      inode: key,
      base: BigInt(`0x${start}`),
      range: `${start}-${end}`
    })
  }
  return [...found.values()]
}

/** The kernel writes a newline in a path as \012. */
function unescaped(path: string): string {
  return path.replace(/\\012/g, '\n')
}
