import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Starts a program of Node's on a port of its own; what is said for people is passed on. */
export function start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  child.stderr?.pipe(process.stderr)
  return child
}

/** The URL at which a server listens, once it says so. */
export async function urlOf(server: ChildProcess): Promise<string> {
  let output = ''
  for await (const text of server.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    output += text
    const url = /listening: (\S+)\n/.exec(output)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the server ended before it listened')
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill(signal)
  await closed
}
