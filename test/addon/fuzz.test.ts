import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { missing, skipFor } from '../support/compulsory'
import { buildSanitized, sanitizerEnvironment } from './build'

/** The number of calls by each of five threads' turns. */
const CALLS = 4_000

/** Any; the same each time, so that a failure is what was changed. */
const SEED = 1

function fuzz(addon: string, env: NodeJS.ProcessEnv = {}): { calls: number; errors: string } {
  const program = path.join(__dirname, 'fuzz.js')
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [program, addon, String(CALLS), String(SEED)],
    { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 256 * 1024 * 1024 }
  )
  return { calls: Number(stdout), errors: status === 0 ? stderr : `${status ?? signal}: ${stderr}` }
}

const { addon } = restifyProbes.status()

describe('the addon, called with anything from several threads', () => {
  it('lives', skipFor(addon === undefined ? 'there is no addon here' : undefined), (test) => {
    const { calls, errors } = fuzz(addon as string)
    assert.equal(errors, '')
    assert.equal(calls, 5 * CALLS)
    test.diagnostic(`${calls} calls, seed ${SEED}`)
  })

  it(
    'lives under AddressSanitizer and UndefinedBehaviorSanitizer, and leaks nothing',
    sanitizing(),
    (test) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'sanitized-'))
      try {
        const sanitized = path.join(folder, 'restify_probes.node')
        buildSanitized(sanitized)
        const { calls, errors } = fuzz(sanitized, sanitizerEnvironment())
        assert.doesNotMatch(errors, /ERROR: AddressSanitizer|runtime error|addon\.c|probes\.c/)
        assert.equal(calls, 5 * CALLS, errors)
        test.diagnostic(`${calls} calls, seed ${SEED}`)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  )
})

function sanitizing(): { skip: string | false } {
  if (process.platform !== 'linux') return skipFor('the sanitized addon is built for Linux')
  return skipFor(missing(['gcc']) ?? (existsSync(library()) ? undefined : 'gcc has no AddressSanitizer'))
}

function library(): string {
  return sanitizerEnvironment().LD_PRELOAD as string
}
