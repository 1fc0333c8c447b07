import { readdirSync, readlinkSync } from 'node:fs'
import { readProc } from './proc'

/** An address to connect to. */
export interface Endpoint {
  host: string
  port: number
}

/** A TCP socket that listens, in the network of some process. */
export interface ListeningSocket extends Endpoint {
  inode: string
}

/** The state of a socket that listens, as the kernel writes it. */
const LISTENS = '0A'

/**
 * The sockets that listen in the network of a process, whoever has them. A wildcard address is given as the loopback
 * one, at which it can be reached.
 */
export function listeningSockets(pid: number): ListeningSocket[] {
  return (['net/tcp', 'net/tcp6'] as const).flatMap((file) => socketsIn(readProc(pid, file) ?? ''))
}

/** Selects those sockets that the process itself has open. */
export function ownedBy(pid: number, sockets: readonly ListeningSocket[]): ListeningSocket[] {
  if (sockets.length === 0) return []
  const own = new Set(openSockets(pid))
  return sockets.filter(({ inode }) => own.has(inode))
}

/** A process that has this socket open, among those given. */
export function holderOf({ inode }: ListeningSocket, pids: Iterable<number>): number | undefined {
  for (const pid of pids) for (const open of openSockets(pid)) if (open === inode) return pid
  return undefined
}

/** The inodes of a process's sockets of all kinds. */
export function* openSockets(pid: number): Iterable<string> {
  let descriptors: string[]
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return
  }
  for (const descriptor of descriptors) {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? []
      if (inode !== undefined) yield inode
    } catch {
      // It was closed meanwhile.
    }
  }
}

function socketsIn(table: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = []
  for (const line of table.split('\n').slice(1)) {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/ +/)
    const [host = '', port = ''] = address.split(':')
    if (state !== LISTENS) continue
    sockets.push({ host: hostOf(host), port: Number.parseInt(port, 16), inode })
  }
  return sockets
}

/** The kernel writes addresses as words of the machine's byte order: those of x86-64 and aarch64. */
function hostOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.subarray(at, at + 4).reverse()
  const wildcard = bytes.every((byte) => byte === 0)
  if (bytes.length === 4) return wildcard ? '127.0.0.1' : bytes.join('.')
  if (wildcard) return '::1'
  return Array.from({ length: 8 }, (_, word) => bytes.readUInt16BE(word * 2).toString(16)).join(':')
}

/** The network namespace of a process, by a name that tells it from others. */
export function networkOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
