import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type * as ParseModule from '../../dist/cli/parse'
import { internal, ROOT } from '../support/cli'

const { readArguments } = internal<typeof ParseModule>('parse')

describe('the DaemonSet of export', () => {
  const manifest = readFileSync(path.join(ROOT, 'examples/fleet/kubernetes/export.yml'), 'utf8')
  const found = (pattern: RegExp) => pattern.exec(manifest)?.[1] ?? ''

  it('gives the command options that it takes, and Prometheus the port at which it listens', () => {
    const [program, ...words] = found(/command: \[(.*)\]/)
      .split(', ')
      .map((word) => word.replace(/'/g, ''))
    assert.equal(program, 'restify-probes')
    const { command, listen } = readArguments(words)
    assert.equal(command, 'export')
    assert.equal(listen?.host, '0.0.0.0')
    assert.equal(found(/prometheus\.io\/port: '(\d+)'/), String(listen?.port))
    assert.equal(found(/containerPort: (\d+)/), String(listen?.port))
  })

  it('has no more rights than were measured to be needed', () => {
    assert.equal(found(/drop: \[(.*)\]/), 'ALL')
    assert.equal(found(/add: \[(.*)\]/), 'SYS_PTRACE, DAC_OVERRIDE')
    assert.doesNotMatch(manifest, /privileged: true|hostNetwork|allowPrivilegeEscalation: true/)
  })
})
