import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/**
 * Lets a command of the package's attach to a process.
 *
 * @param listened - asks that process how many of its probes are listened to
 * @param probes - to how many the command listens
 * @returns a function that ends it
 */
export async function attachCommand(pid, args, listened, probes) {
  const command = spawn(process.execPath, [CLI, ...args, '-p', String(pid)], { stdio: 'ignore' })
  while ((await listened()) < probes) {
    if (command.exitCode !== null) throw new Error(`${args[0]} ended with ${command.exitCode}`)
    await setTimeout(20)
  }
  return async () => {
    const exited = once(command, 'exit')
    command.kill('SIGINT')
    await exited
  }
}
