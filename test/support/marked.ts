import { readdirSync, readFileSync } from 'node:fs'

/** The variable whose value tells one command, and what it has started, from others. */
export const MARK = 'RESTIFY_PROBES_TEST_MARK'

/** Processes that still run, and in whose environment the mark is. */
export function marked(mark: string): { pid: number; name: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && textOf(`/proc/${name}/environ`).includes(`${MARK}=${mark}\0`))
    .map((pid) => ({ pid: Number(pid), name: textOf(`/proc/${pid}/comm`).trim() }))
    .filter(({ name }) => name !== '')
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
