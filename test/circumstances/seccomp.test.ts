import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Command, objects, ROOT } from '../support/cli'
import { loadPort } from '../support/shop'
import { tracing, withBpftrace } from '../support/tracer'

const REQUESTS = 20

describe(
  withBpftrace('a container that forbids bpf, perf_event_open and ptrace'),
  tracing('bpftrace', 'gcc'),
  () => {
    let folder: string
    let forbidding: string
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'seccomp-'))
      forbidding = path.join(folder, 'forbidding')
      const source = path.join(ROOT, 'test', 'circumstances', 'forbidding.c')
      execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-o', forbidding, source])
    })
    after(() => rmSync(folder, { recursive: true }))

    /** The shop, which is so confined itself. */
    async function withShop(use: (pid: number, port: number) => Promise<void>): Promise<void> {
      const shop = spawn(forbidding, [process.execPath, path.join(__dirname, '..', 'fixtures', 'shop.js')], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      const exited = new Promise((resolve) => shop.on('exit', resolve))
      try {
        const text = await new Promise<string>((resolve) =>
          shop.stdout.once('data', (data) => resolve(`${data}`))
        )
        await use(shop.pid as number, Number(/listening: (\d+)/.exec(text)?.[1]))
      } finally {
        shop.kill()
        await exited
      }
    }

    it('keeps nobody outside of it from tracing the app', () =>
      withShop(async (pid, port) => {
        const command = new Command(['trace', '--via', 'kernel', '-p', String(pid), '--json'])
        await command.printed(/tracing process/)
        await loadPort(port, REQUESTS)
        const { stdout, stderr, code } = await command.end('SIGINT')
        assert.equal(code, 0, stderr)
        assert.equal(objects(stdout).filter(({ type }) => type === 'request').length, REQUESTS)
      }))

    it('leaves the command the socket', () =>
      withShop(async (pid, port) => {
        const command = new Command(['trace', '--via', 'process', '-p', String(pid), '--json'], {}, [
          forbidding
        ])
        await command.printed(/tracing process/)
        await loadPort(port, REQUESTS)
        const { stdout, stderr, code } = await command.end('SIGINT')
        assert.equal(code, 0, stderr)
        assert.equal(objects(stdout).filter(({ type }) => type === 'request').length, REQUESTS)
      }))

    it('makes the command say that it may not trace by the kernel, and that the socket is left', () =>
      withShop(async (pid, port) => {
        const command = new Command(['latency', '--via', 'kernel', '-p', String(pid)], {}, [forbidding])
        const { stderr, code } = await command.end()
        assert.equal(code, 1)
        assert.match(stderr, /^restify-probes: bpftrace could not trace: .*\n/)
        assert.match(stderr, /Operation not permitted/)
        assert.doesNotMatch(stderr, / at .*\.js:\d+/)
        await loadPort(port, REQUESTS)
      }))
  }
)
