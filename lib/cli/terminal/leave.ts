import tty from 'node:tty'

const DESCRIPTORS = [0, 1, 2]

/** The standard streams that were terminals when the command was started. */
const terminals = DESCRIPTORS.filter((descriptor) => tty.isatty(descriptor))

/**
 * Ends the process, for good. Node puts terminals back as they were when it exits, and aborts if one is gone: the
 * command then ends as a program ends whose terminal was closed.
 */
export function leave(exitCode: number): void {
  if (terminals.every((descriptor) => tty.isatty(descriptor))) process.exit(exitCode)
  for (const listener of process.listeners('exit')) listener(exitCode)
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}
