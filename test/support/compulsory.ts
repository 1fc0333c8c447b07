import { execFileSync } from 'node:child_process'

/** The variable is set where tests must not be skipped for what the machine lacks. */
const REQUIRED = process.env.RESTIFY_PROBES_TRACER === 'required'

/**
 * Options for a test: skips it for a problem, should there be one.
 *
 * @throws Error where such tests are compulsory
 */
export function skipFor(problem: string | undefined): { skip: string | false } {
  if (problem !== undefined && REQUIRED) throw new Error(`no test may be skipped here, but ${problem}`)
  return { skip: problem ?? false }
}

/** Options for a test that needs all that these are for. */
export function allOf(...options: { skip: string | false }[]): { skip: string | false } {
  return options.find(({ skip }) => skip) ?? { skip: false }
}

/** Says which of these programs can't be found, if any. */
export function missing(programs: readonly string[]): string | undefined {
  const names = programs.filter((program) => !isInstalled(program))
  return names.length === 0 ? undefined : `not installed: ${names.join(', ')}`
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
