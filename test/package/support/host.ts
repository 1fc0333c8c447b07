import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { nodeHeaders } from '../../support/headers'
import { ROOT, temporaryFolder } from './pack'

const PROBES = ['route-start', 'handler-start', 'handler-done', 'route-done']

/** The firings of `fire`. */
export const FIRED = [
  'route-start getfoo',
  'handler-start getfoo respond',
  'handler-done getfoo respond',
  'route-done getfoo 200'
]

/** The loader that Debian's musl puts there for arm64. */
export const ARM64_LOADER = '/lib/ld-musl-aarch64.so.1'

/** Builds the stand-in for a Node that was built with musl; gives its path. */
export function buildHost(arch: 'x64' | 'arm64'): string {
  const program = path.join(temporaryFolder(), 'host')
  const source = path.join(ROOT, 'test', 'package', 'musl', 'host.c')
  // -idirafter: the C library's own headers go before those of a system's Node.
  const flags = ['-std=c11', '-Wall', '-Werror', '-rdynamic', '-idirafter', nodeHeaders(), '-o', program]
  if (arch === 'x64') execFileSync('musl-gcc', [...flags, source])
  else execFileSync('aarch64-linux-gnu-gcc', [...flags, ...aroundForArm64(source)])
  return program
}

/** Does for arm64 what musl-gcc does for the machine's own architecture. */
function aroundForArm64(source: string): string[] {
  const ofGcc = (file: string) =>
    execFileSync('aarch64-linux-gnu-gcc', [`-print-file-name=${file}`], { encoding: 'utf8' }).trim()
  const library = (file: string) => path.join('/usr/lib/aarch64-linux-musl', file)
  return [
    ...['-nostdinc', '-isystem', '/usr/include/aarch64-linux-musl', '-isystem', ofGcc('include')],
    ...['-nostdlib', '-no-pie', '-mno-outline-atomics', `-Wl,-dynamic-linker,${ARM64_LOADER}`],
    ...[library('crt1.o'), library('crti.o'), source],
    ...['/lib/aarch64-linux-musl/libc.so', ofGcc('libgcc.a'), library('crtn.o')]
  ]
}

/** The stand-in, with an addon. */
export class Host {
  readonly #process: ChildProcessWithoutNullStreams

  constructor([program, ...args]: [string, ...string[]]) {
    this.#process = spawn(program, args)
    this.#process.stdout.setEncoding('utf8')
  }

  get pid(): number {
    return this.#process.pid as number
  }

  async fire(): Promise<void> {
    await this.#ask('fire')
  }

  async enabled(): Promise<string[]> {
    const mask = Number(await this.#ask('enabled'))
    return PROBES.filter((_, index) => (mask & (1 << index)) !== 0)
  }

  async #ask(question: string): Promise<string> {
    this.#process.stdin.write(`${question}\n`)
    const [answer] = await once(this.#process.stdout, 'data')
    return answer
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.stdin.end()
    await exited
  }
}
