import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import { Command } from '../support/cli'
import { missing, skipFor } from '../support/compulsory'
import { compiled, whileRunning } from './programs'

/** The number of lies that each command is told; by hand, thousands. */
const LIES = Number(process.env.RESTIFY_PROBES_LIES ?? 8)

/** The times for which a command listens, and within which it ends then, in milliseconds. */
const LISTENING = 700
const PATIENCE = 10_000

const needed = process.getuid?.() === 0 ? missing(['gcc']) : 'it takes root to trace'

/** These are all of C0 and C1 but the end of a line, and the marks that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
const UNPRINTABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

describe('a bpftrace that tells anything', skipFor(needed), () => {
  let folder: string
  let env: NodeJS.ProcessEnv

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'liar-'))
    const program = path.join(folder, 'bpftrace')
    const liar = path.join(__dirname, 'lying-bpftrace.js')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${liar}' "$@"\n`)
    chmodSync(program, 0o755)
    env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const args of [
    ['latency'],
    ['latency', '--json'],
    ['trace', '--handlers'],
    ['trace', '--json'],
    ['top', '--json']
  ])
    it(`neither ends ${args.join(' ')} otherwise than by a sentence, nor reaches the terminal: ${LIES} times`, async () => {
      await whileRunning(compiled('map'), [restifyProbes.status().addon as string], async ({ pid }) => {
        for (let seed = 1; seed <= LIES; seed++) {
          const command = new Command([...args, '--via', 'kernel', '-p', String(pid)], {
            env: { ...env, LIAR_SEED: String(seed) }
          })
          await setTimeout(LISTENING)
          const timer = globalThis.setTimeout(() => command.process.kill('SIGKILL'), PATIENCE)
          const { code, stdout, stderr } = await command.end('SIGINT')
          clearTimeout(timer)
          const lie = `seed ${seed}: ${stderr.slice(0, 2000)}`
          assert.ok(code === 0 || code === 1 || code === 130, `status ${code}, ${lie}`)
          assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+\)?$/m, lie)
          assert.doesNotMatch(stderr, UNPRINTABLE, lie)
          assert.doesNotMatch(stdout, UNPRINTABLE, `seed ${seed}`)
        }
      })
    })
})
