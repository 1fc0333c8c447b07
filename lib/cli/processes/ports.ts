import { listeningSockets, networkOf, openSockets } from './listening'
import { parentOf } from './proc'

/**
 * The TCP ports on which processes listen, as the kernel knows them. A network namespace's table is
 * read once.
 */
export class PortFinder {
  readonly #tables = new Map<string, Map<string, number>>()

  /**
   * Gives the ports of a process or, if it has none, its parent's: the primary of a cluster listens
   * for its workers.
   */
  of(pid: number): number[] {
    const own = this.own(pid)
    return own.length > 0 ? own : this.own(parentOf(pid))
  }

  /** Gives the ports on which the process itself listens. */
  own(pid: number): number[] {
    const ports = new Set<number>()
    for (const inode of openSockets(pid)) {
      const port = this.#table(pid).get(inode)
      if (port !== undefined) ports.add(port)
    }
    return [...ports].sort((a, b) => a - b)
  }

  /** Ports by the inodes of the sockets that listen on them. */
  #table(pid: number): Map<string, number> {
    const namespace = networkOf(pid) ?? `process ${pid}`
    let table = this.#tables.get(namespace)
    if (table === undefined) {
      table = new Map(listeningSockets(pid).map(({ inode, port }) => [inode, port]))
      this.#tables.set(namespace, table)
    }
    return table
  }
}
