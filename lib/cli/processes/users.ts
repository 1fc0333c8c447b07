import { readStart } from './bounded'

/** In bytes. */
const MAX_PASSWD = 1024 * 1024

let names: Map<number, string> | undefined

/** A user's name on this machine, or the number where it has none here, as in many containers. */
export function userName(uid: number): string {
  names ??= readNames()
  return names.get(uid) ?? String(uid)
}

function readNames(): Map<number, string> {
  const found = new Map<number, string>()
  try {
    for (const entry of readStart('/etc/passwd', MAX_PASSWD).toString().split('\n')) {
      const [name, , uid] = entry.split(':')
      if (name && uid && !found.has(Number(uid))) found.set(Number(uid), name)
    }
  } catch {}
  return found
}
