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
  const uid = process.getuid?.() as number
  const folder = `/tmp/restify-probes-${uid}`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const start = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19]
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.write(says)
  })
  await new Promise<void>((resolve) => {
    server.listen(path.join(folder, `${process.pid}-${start}-7.sock`), resolve)
  })
  return () => server.close()
}

/** The first line of a process that speaks this protocol. */
export function greeting(protocol: number, version = '1.2.3'): string {
  return `{"restifyProbes":{"oldest":${protocol},"newest":${protocol}},"version":"${version}","pid":1,"thread":0}\n`
}
