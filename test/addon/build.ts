import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { nodeHeaders } from '../support/headers'

const NATIVE = path.join(__dirname, '..', '..', '..', 'native')

/** The addon with checks of every access and of undefined behaviour, which end the process. */
export function buildSanitized(addon: string): void {
  execFileSync('gcc', [
    ...['-std=c11', '-O1', '-g', '-fPIC', '-fno-omit-frame-pointer', '-shared', '-Wl,-z,nodelete'],
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    `-I${nodeHeaders()}`,
    ...['-o', addon],
    ...['addon.c', 'probes.c'].map((source) => path.join(NATIVE, source))
  ])
}

/** The environment in which a Node that was built without sanitizers can load such an addon. */
export function sanitizerEnvironment(): NodeJS.ProcessEnv {
  const library = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
  return {
    LD_PRELOAD: library,
    ASAN_OPTIONS: 'detect_leaks=1:allocator_may_return_null=1',
    // V8 leaks; the report, on stderr, has what the addon does.
    LSAN_OPTIONS: 'exitcode=0',
    UBSAN_OPTIONS: 'print_stacktrace=1'
  }
}
