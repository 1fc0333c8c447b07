import { readStart } from './bounded'

/** The longest /etc/passwd or /etc/group that is read, in bytes. */
const MAX_ENTRIES = 1024 * 1024

let names: Map<number, string> | undefined

/** A user's name on this machine, or the number where it has none here, as in many containers. */
export function userName(uid: number): string {
  names ??= readNames()
  return names.get(uid) ?? String(uid)
}

/**
 * Whether a group has anybody in it but root. Debian's `staff`, to which /usr/local belongs on older releases,
 * has nobody, unless the owner of the machine wants it otherwise.
 */
export function hasOthersThanRoot(gid: number): boolean {
  const group = entriesOf('/etc/group').find((entry) => entry[2] === String(gid))
  // Nobody here can tell who is in a group that the file does not have.
  if (group === undefined) return true
  const members = (group[3] ?? '').split(',')
  const own = entriesOf('/etc/passwd').filter((entry) => entry[3] === String(gid))
  return [...members, ...own.map(([name = '']) => name)].some((name) => name !== '' && name !== 'root')
}

function readNames(): Map<number, string> {
  const found = new Map<number, string>()
  for (const [name, , uid] of entriesOf('/etc/passwd'))
    if (name && uid && !found.has(Number(uid))) found.set(Number(uid), name)
  return found
}

/** The fields of each line. */
function entriesOf(file: '/etc/passwd' | '/etc/group'): string[][] {
  try {
    return readStart(file, MAX_ENTRIES)
      .toString()
      .split('\n')
      .map((entry) => entry.split(':'))
  } catch {
    return []
  }
}
