import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import restifyProbes from 'restify-probes'
import { NOTES, notesIn } from '../support/notes'
import { tracing } from '../support/tracer'

const PROBES = ['handler__done', 'handler__start', 'route__done', 'route__start']

function addon(): string {
  const { addon: file } = restifyProbes.status()
  assert.ok(file !== undefined, 'the addon is loaded')
  return file
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Finds all that a pattern matches, sorted. */
function all(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name as string).sort()
}

/** The same four probes, as systemtap-sdt-dev's header makes them. */
const WITH_SYS_SDT = `
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#define SEMAPHORE(probe) __extension__ unsigned short restify_##probe##_semaphore \\
  __attribute__((unused)) __attribute__((section(".probes")));
SEMAPHORE(route__start) SEMAPHORE(handler__start) SEMAPHORE(handler__done) SEMAPHORE(route__done)
void fire(char *server, char *route, char *handler, int id, char *text, int status) {
  STAP_PROBE7(restify, route__start, server, route, id, text, text, text, text);
  STAP_PROBE5(restify, handler__start, server, route, handler, id, text);
  STAP_PROBE6(restify, handler__done, server, route, handler, id, text, status);
  STAP_PROBE6(restify, route__done, server, route, id, status, text, text);
}
`

describe('tools find the four probes', () => {
  it('readelf -n, with the arguments of the contract', tracing('readelf'), () => {
    assert.deepEqual(notesIn(addon()), NOTES)
  })

  it("as sys/sdt.h's macros would have made them", tracing('readelf', 'gcc', 'dtrace'), () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sdt-'))
    try {
      const source = path.join(folder, 'probes.c')
      const library = path.join(folder, 'probes.so')
      writeFileSync(source, WITH_SYS_SDT)
      run('gcc', '-O2', '-shared', '-fPIC', '-o', library, source)
      assert.deepEqual(notesIn(addon()), notesIn(library))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("bcc's tplist", tracing('tplist-bpfcc'), () => {
    addon()
    assert.deepEqual(all(/restify:(\S+)/g, run('tplist-bpfcc', '-p', String(process.pid))), PROBES)
  })

  it('bpftrace -l', tracing('bpftrace'), () => {
    addon()
    const listed = run('bpftrace', '-l', 'usdt:*:restify:*', '-p', String(process.pid))
    assert.deepEqual(all(/:restify:(\S+)/g, listed), PROBES)
  })

  it("gdb's info probes", tracing('gdb'), () => {
    const printed = run('gdb', '-batch', '-ex', 'info probes stap restify', addon())
    assert.deepEqual(all(/^stap\s+restify\s+(\S+)/gm, printed), PROBES)
  })

  it('perf list sdt, after perf buildid-cache --add', tracing('perf'), () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'buildid-'))
    try {
      run('perf', '--buildid-dir', cache, 'buildid-cache', '--add', addon())
      const listed = run('perf', '--buildid-dir', cache, 'list', 'sdt')
      assert.deepEqual(all(/sdt_restify:(\S+)/g, listed), PROBES)
    } finally {
      rmSync(cache, { recursive: true })
    }
  })
})
