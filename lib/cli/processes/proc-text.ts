/** Reads what stands in files of /proc/PID. A process chooses its name and its arguments, and thus parts of them. */

/**
 * The fields of a stat from the process's state on. The name of the command stands before them, in brackets, and may
 * hold spaces and brackets itself.
 */
export function statFields(stat: string): string[] {
  return stat
    .slice(stat.lastIndexOf(') ') + 2)
    .trimEnd()
    .split(' ')
}

export function wordsOf(cmdline: string): string[] {
  return cmdline.split('\0').filter((part) => part !== '')
}

/** The real, effective, saved and file system user. */
export function userIdsIn(status: string): number[] | undefined {
  const [, ids] = /^Uid:((?:\t\d{1,10}){4})$/m.exec(status) ?? []
  return ids?.trim().split('\t').map(Number)
}
