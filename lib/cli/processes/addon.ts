import { CheckedFile } from './bounded'
import { NoAddon, type ProbeNote, probesIn } from './elf'
import type { Mapping } from './maps'

/** A file that a process has mapped under the addon's name. */
export interface MappedAddon extends Mapping {
  /** The probes; undefined where the file is no addon that can be traced. */
  probes: ProbeNote[] | undefined
  /** The reason why it can't be traced. */
  refusal?: string
  /** The file to which the kernel attaches, whichever container sees it; undefined where it can't be traced. */
  file?: string
}

/** An addon whose file is held open, so that a tracer reads what we have read. */
export interface OpenAddon {
  file: CheckedFile
  /** A path to it that is this process's alone. */
  mapped: string
  probes: ProbeNote[]
}

export function addonOf(pid: number, mapping: Mapping): MappedAddon {
  const opened = openAddon(pid, mapping)
  if (opened instanceof NoAddon) return { ...mapping, probes: undefined, refusal: opened.reason }
  const { file, probes } = opened
  try {
    return { ...mapping, probes, file: file.identity }
  } finally {
    file.close()
  }
}

/** Opens the very file that the process has mapped, if it is an addon in every part that a tracer reads. */
export function openAddon(pid: number, mapping: Mapping): OpenAddon | NoAddon {
  const opened = openMapped(pid, mapping)
  if (opened === undefined) return new NoAddon("its file can't be read")
  const { file } = opened
  let probes: ProbeNote[] | NoAddon
  try {
    probes = probesIn(file)
  } catch {
    probes = new NoAddon("its file can't be read")
  }
  if (probes instanceof NoAddon) file.close()
  return probes instanceof NoAddon ? probes : { ...opened, probes }
}

/**
 * Opens a file by its mapping, which nobody can exchange. Only root of the whole machine may use that; others find
 * it by its path, or through /proc in a container, if what is there is still the same file.
 */
function openMapped(pid: number, { path, inode, range }: Mapping): Omit<OpenAddon, 'probes'> | undefined {
  const mapped = `/proc/${pid}/map_files/${range}`
  const inside = `/proc/${pid}/root${path}`
  const byMapping = openSame(mapped, inode, true)
  if (byMapping !== undefined) return { file: byMapping, mapped }
  const byPath = openSame(inside, inode, false) ?? openSame(path, inode, false)
  return byPath && { file: byPath, mapped: PLAIN_PATH.test(path) ? inside : mapped }
}

// bpftrace takes a colon and a star for its own, a quote for the end, and a comma for the next probe.
const PLAIN_PATH = /^[\w./@+~=-]+$/

/** The device is not compared: some file systems, btrfs and overlayfs among them, show another one in maps. */
function openSame(path: string, inode: string, follow: boolean): CheckedFile | undefined {
  try {
    const file = CheckedFile.open(path, { follow })
    if (file === undefined || inode.endsWith(` ${file.inode}`)) return file
    file.close()
  } catch {}
  return undefined
}
