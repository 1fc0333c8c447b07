import type { Writable } from 'node:stream'

/**
 * A shell that becomes bpftrace, and leaves a watcher beside it: when the other end of descriptor 3, which only
 * we hold, is closed without a word, we have ended, even by SIGKILL, and the watcher kills bpftrace. It asks first
 * whether bpftrace is still its parent: once that has ended, another process may have its number.
 */
const PROGRAM = `
(
  exec >/dev/null 2>&1
  read -r word <&3 && exit
  read -r pid name state parent rest </proc/self/stat
  [ "$parent" = "$$" ] && kill -KILL "$$"
) &
exec bpftrace "$@" 3<&-
`

/** The words by which bpftrace is started so that it does not outlive us. */
export function onLeash(args: readonly string[]): [program: string, args: string[]] {
  return ['/bin/sh', ['-c', PROGRAM, 'bpftrace', ...args]]
}

/** Lets the watcher go when bpftrace has ended. */
export function letGo(leash: Writable): void {
  leash.on('error', () => {})
  leash.end('done\n', () => leash.destroy())
}
