import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { missing, skipFor } from '../../support/compulsory'
import { temporaryFolder } from './pack'

/** The folders in which Debian has arm64's glibc, and its musl. */
export const GLIBC = '/usr/aarch64-linux-gnu'
export const MUSL = '/'

/** Options for a test that emulates a program which needs this file of arm64's. */
export function emulating(file: string): { skip: string | false } {
  return skipFor(
    missing(['qemu-aarch64', 'gdb-multiarch']) ?? (existsSync(file) ? undefined : `not installed: ${file}`)
  )
}

/** The formats by which gdb prints each probe's arguments: as test/support/tracer.ts has it of bpftrace. */
const FORMATS = {
  'route-start': '%s %s %d %s %s %s %s',
  'handler-start': '%s %s %s %d %s',
  'handler-done': '%s %s %s %d %s %d',
  'route-done': '%s %s %d %d %s %s'
}

/**
 * gdb, with a breakpoint at each probe of a program that qemu emulates. The
 * kernel's uprobes don't reach in there; gdb finds the same notes, raises the same
 * semaphores and reads the arguments from the same places.
 */
export class Debugger {
  readonly #sysroot: string
  readonly #socket = path.join(temporaryFolder(), 'gdb')
  readonly #script = path.join(temporaryFolder(), 'script.gdb')

  /** @param sysroot - where the program's loader and libraries are */
  constructor(sysroot: string) {
    this.#sysroot = sysroot
  }

  /** The words that run a program under this debugger's eyes: it waits for {@link Debugger.watch}. */
  command(program: string): [string, ...string[]] {
    const qemu = execFileSync('which', ['qemu-aarch64'], { encoding: 'utf8' }).trim()
    return [qemu, '-L', this.#sysroot, '-g', this.#socket, program]
  }

  /** Resolves when the program has ended, with a line for each probe that fired. */
  async watch(program: string, addon: string): Promise<string> {
    writeFileSync(this.#script, this.#commands(program, addon))
    while (!existsSync(this.#socket)) await setTimeout(10)
    const gdb = spawn('gdb-multiarch', ['-nx', '-batch', '-x', this.#script])
    let output = ''
    for (const stream of [gdb.stdout, gdb.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    await once(gdb, 'close')
    return output
  }

  #commands(program: string, addon: string): string {
    const breakpoints = Object.entries(FORMATS).map(([probe, format]) => {
      const shape = ['%d', '0', ...format.split(' ')].join('\\t')
      const args = format.split(' ').map((_, index) => `$_probe_arg${index}`)
      return [
        `break -probe-stap restify:${probe.replace('-', '__')}`,
        'commands',
        'silent',
        `printf "${probe}\\t${shape}\\n", $fired, ${args.join(', ')}`,
        'set $fired = $fired + 1',
        'continue',
        'end'
      ]
    })
    return [
      'set pagination off',
      'set print elements 0',
      'set $fired = 0',
      `set sysroot ${this.#sysroot}`,
      `set solib-search-path ${path.dirname(addon)}`,
      `file ${program}`,
      `target remote ${this.#socket}`,
      `catch load ${path.basename(addon)}`,
      'continue',
      'delete',
      ...breakpoints.flat(),
      'continue'
    ].join('\n')
  }
}
