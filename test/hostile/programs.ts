import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../support/cli'

const SOURCES = path.join(ROOT, 'test', 'hostile')
const BUILT = path.join(ROOT, 'build', 'test', 'hostile')

/** Compiles a program of this folder, once. */
export function compiled(name: string): string {
  const program = path.join(BUILT, name)
  mkdirSync(BUILT, { recursive: true })
  execFileSync('gcc', ['-O1', '-Wall', '-o', program, path.join(SOURCES, `${name}.c`)], { stdio: 'pipe' })
  return program
}

/** Runs while a test needs it, from when it has said that it is ready. */
export async function whileRunning(
  program: string,
  args: readonly string[],
  use: (child: ChildProcess & { pid: number }) => Promise<void>,
  { uid }: { uid?: number } = {}
): Promise<void> {
  const rights = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], ...rights })
  const exited = once(child, 'exit')
  try {
    const [text] = await Promise.race([once(child.stdout, 'data'), exited])
    if (String(text) !== 'ready\n') throw new Error(`${program} ended with ${text}`)
    await use(child as ChildProcess & { pid: number })
  } finally {
    child.kill('SIGKILL')
    await exited
  }
}
