import { lstatSync, readdirSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { readFileName } from './folder'

/** The time, in milliseconds, for which a socket's file may be there before its process listens. */
const NEWBORN = 5000

/** The most sockets of ended processes that are looked at in one go. */
const MAX_LOOKS = 100

/**
 * Removes the files of sockets whose processes were killed. A process of another container may share the folder, so
 * that pids tell nothing for sure: what nobody listens to refuses the connection.
 *
 * @param own - the file that is not looked at
 */
export async function removeStale(folder: string, own?: string): Promise<void> {
  const names = readdirSync(folder).filter((name) => name !== own && mayBeStale(name))
  for (const name of names.slice(0, MAX_LOOKS)) await removeIfStale(path.join(folder, name))
}

function mayBeStale(name: string): boolean {
  const pid = readFileName(name)?.pid
  return pid !== undefined && (pid === process.pid || !isAlive(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** @returns whether it was stale */
export async function removeIfStale(file: string): Promise<boolean> {
  try {
    const { mtimeMs } = lstatSync(file)
    if (Date.now() - mtimeMs < NEWBORN || !(await refuses(file))) return false
    unlinkSync(file)
    return true
  } catch {
    return false
  }
}

function refuses(file: string): Promise<boolean> {
  const net = require('node:net') as typeof import('node:net')
  return new Promise((resolve) => {
    const socket = net.connect(file)
    socket.unref()
    socket.on('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
}
