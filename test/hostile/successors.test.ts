import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type * as FollowerModule from '../../dist/cli/sources/follower'
import { Command, internal } from '../support/cli'
import { Shop } from '../support/shop'
import { tracing } from '../support/tracer'

const { isSuccessor } = internal<typeof FollowerModule>('sources/follower')

const NOBODY = 65534

function carrier({
  uid = 1000,
  program = '1 2',
  words = ['node', 'a.js'],
  path: file = '/a.node',
  inode = '1 3'
} = {}) {
  return {
    pid: 7,
    startTicks: 1,
    uptimeSeconds: 1,
    user: { id: uid, name: 'a' },
    userIds: [uid, uid, uid, uid],
    program,
    command: words,
    addons: [{ path: file, inode, deleted: false, base: 0n, range: '', probes: [] }],
    sockets: []
  }
}

describe('what takes the place of a process that ended', () => {
  const ended = carrier()

  it('has its user, its program, its command line and its addon', () => {
    assert.ok(isSuccessor(carrier(), ended))
    assert.ok(!isSuccessor(carrier({ uid: NOBODY }), ended))
    assert.ok(!isSuccessor({ ...carrier(), userIds: [1000, 1000, 0, 1000] }, ended))
    assert.ok(!isSuccessor(carrier({ program: '1 4' }), ended))
    assert.ok(!isSuccessor(carrier({ words: ['node', 'b.js'] }), ended))
    assert.ok(!isSuccessor(carrier({ path: '/b.node', inode: '1 5' }), ended))
  })

  it('may have the addon at its old path after an update, or the old one at another', () => {
    assert.ok(isSuccessor(carrier({ inode: '1 5' }), ended))
    assert.ok(isSuccessor(carrier({ path: '/b.node' }), ended))
  })

  it("is not another user's, whatever its command line", tracing('bpftrace'), async () => {
    const title = '--title=impostor'
    const shop = await Shop.start({ execArgv: [title] })
    const command = new Command(['top', '-p', String(shop.pid), '--via', 'kernel', '--json'])
    await command.printed(/watching process/)
    await shop.stop('SIGKILL')
    await command.printed(/waiting for it to start again/)
    const impostor = await Shop.start({ execArgv: [title], uid: NOBODY, gid: NOBODY })
    await setTimeout(1500)
    assert.doesNotMatch(command.stderr, /; now process/)
    const second = await Shop.start({ execArgv: [title] })
    await command.printed(new RegExp(`; now process ${second.pid}\\n`))
    const { code } = await command.end('SIGINT')
    await Promise.all([impostor.stop(), second.stop()])
    assert.equal(code, 0)
  })
})
