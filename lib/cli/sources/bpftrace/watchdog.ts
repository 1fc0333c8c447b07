import type { Writable } from 'node:stream'

/**
 * A shell that becomes bpftrace, and leaves a watcher beside it: when the other end of descriptor 3, which only
 * we hold, is closed without a word, we have ended, even by SIGKILL, and the watcher ends bpftrace. It asks first
 * whether bpftrace is still its parent: once that has ended, another process may have its number.
 *
 * SIGKILL is the last resort. Where it comes while bpftrace attaches or detaches, the kernel leaks the probe ("failed to
 * unregister, leaking uprobe"), and every process that has the file seems to be attached to until the machine is started
 * anew. SIGINT is sent as long as bpftrace has a handler for it, which it has until it begins to detach.
 */
const PROGRAM = `
(
  exec >/dev/null 2>&1
  read -r word <&3 && exit
  for second in 1 2 3 4 5 6 7 8 9 10; do
    read -r pid name state parent rest </proc/self/stat
    [ "$parent" = "$$" ] || exit
    while read -r key value; do
      [ "$key" = SigCgt: ] && break
    done </proc/$$/status
    case "$value" in
      *[2367abef]) kill -INT "$$" ;;
    esac
    sleep 1
  done
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
