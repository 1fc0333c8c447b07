import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as PermissionModule from '../../dist/cli/sources/bpftrace/permission'
import type * as ReleaseModule from '../../dist/cli/sources/bpftrace/release'
import { internal } from '../support/cli'

const { checkMayTrace } = internal<typeof PermissionModule>('sources/bpftrace/permission')
const { releaseOf } = internal<typeof ReleaseModule>('sources/bpftrace/release')

describe('what can go wrong with the system', () => {
  const linuxRoot = {
    platform: 'linux' as const,
    uid: 0,
    capabilities: 2n ** 41n - 1n,
    ambient: 0n,
    exists: () => true,
    runsBpftrace: () => false
  }
  const release = releaseOf('bpftrace v0.27.0')

  it('has nothing against root on Linux', () => {
    checkMayTrace(['node'], release, linuxRoot)
    checkMayTrace(['node'], release, { ...linuxRoot, capabilities: (1n << 38n) | (1n << 39n) })
  })

  for (const [what, system, message, advice] of [
    ['a kernel without uprobes', { exists: () => false }, /no uprobes/, /CONFIG_UPROBE_EVENTS/],
    ['a container', { capabilities: 0xa80425fbn }, /no CAP_SYS_ADMIN|neither CAP_SYS_ADMIN/, /host/],
    ['another system', { platform: 'darwin' as const }, /Linux only/, /-- node app\.js/]
  ] as const) {
    it(`is told of ${what}`, () => {
      assert.throws(
        () => checkMayTrace(['node'], release, { ...linuxRoot, ...system }),
        (problem: Error & { advice: string[] }) => {
          assert.match(problem.message, message)
          assert.match(problem.advice.join('\n'), advice)
          return true
        }
      )
    })
  }
})
