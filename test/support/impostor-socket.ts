import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'

/**
 * Has this process offer a socket as the package does, which says whatever it was told to whoever connects.
 *
 * @returns takes the socket away
 */
export async function offerSocket(says: string): Promise<() => void> {
  return (await offerSockets(says, 1)).takeAway
}

/** Offers so many sockets, as if this process had so many threads. */
export async function offerSockets(
  says: string,
  count: number
): Promise<{ connections(): number; takeAway(): void }> {
  const uid = process.getuid?.() as number
  const folder = `/tmp/restify-probes-${uid}`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const start = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19]
  let connections = 0
  const servers = Array.from({ length: count }, (_, i) =>
    net
      .createServer((socket) => {
        connections++
        socket.on('error', () => {})
        socket.on('close', () => connections--)
        socket.write(says)
      })
      .listen(path.join(folder, `${process.pid}-${start}-${i + 7}.sock`))
  )
  for (const server of servers)
    if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  return {
    connections: () => connections,
    takeAway: () => {
      for (const server of servers) server.close()
    }
  }
}

/** The first line of a process that speaks this protocol. */
export function greeting(protocol: number, version = '1.2.3'): string {
  return `{"restifyProbes":{"oldest":${protocol},"newest":${protocol}},"version":"${version}","pid":1,"thread":0}\n`
}
