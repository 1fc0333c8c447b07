import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Command } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const SLOW = path.join(__dirname, '..', 'fixtures', 'slow-bpftrace.js')

describe('a bpftrace that takes long to detach', tracing(), () => {
  it('is not interrupted again, which would end it before it has told what it counted', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'path-'))
    const detached = path.join(folder, 'detached')
    const program = path.join(folder, 'bpftrace')
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${SLOW}' "$@"\n`)
    chmodSync(program, 0o755)
    const shop = await Shop.start()
    try {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, DETACHED_FILE: detached }
      const command = new Command(['latency', '--via', 'kernel', '-p', String(shop.pid)], { env })
      await command.printed(/measuring process/)
      const { code } = await command.end('SIGINT')
      assert.equal(code, 0)
      assert.ok(existsSync(detached))
    } finally {
      await shop.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
