import { readdirSync, readlinkSync } from 'node:fs'
import { type ProcFile, parentOf, readProc } from './proc'

/** In a /proc/PID/net/tcp: the state of a socket that listens. */
const LISTEN = '0A'

/** The TCP ports on which processes listen, as the kernel knows them. A network namespace's table is read once. */
export class PortFinder {
  readonly #tables = new Map<string, Map<string, number>>()

  /** Those of a process; of one that has none, its parent's: the primary of a cluster listens for its workers. */
  of(pid: number): number[] {
    const own = this.#ofOne(pid)
    return own.length > 0 ? own : this.#ofOne(parentOf(pid))
  }

  #ofOne(pid: number): number[] {
    const ports = new Set<number>()
    for (const inode of socketsOf(pid)) {
      const port = this.#table(pid).get(inode)
      if (port !== undefined) ports.add(port)
    }
    return [...ports].sort((a, b) => a - b)
  }

  /** Ports by the inodes of the sockets that listen on them. */
  #table(pid: number): Map<string, number> {
    const namespace = readLink(`/proc/${pid}/ns/net`) ?? `process ${pid}`
    let table = this.#tables.get(namespace)
    if (table === undefined) {
      table = new Map([...listeners(pid, 'net/tcp'), ...listeners(pid, 'net/tcp6')])
      this.#tables.set(namespace, table)
    }
    return table
  }
}

function listeners(pid: number, name: ProcFile): [inode: string, port: number][] {
  return (readProc(pid, name) ?? '').split('\n').flatMap((line): [string, number][] => {
    const fields = line.trim().split(/\s+/)
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)
    return fields[3] === LISTEN && fields[9] !== undefined ? [[fields[9], port]] : []
  })
}

/** The inodes of its sockets of all kinds. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  let descriptors: string[]
  try {
    descriptors = readdirSync(folder)
  } catch {
    return []
  }
  return descriptors.flatMap((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${descriptor}`) ?? '')?.[1]
    return inode === undefined ? [] : [inode]
  })
}

function readLink(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
