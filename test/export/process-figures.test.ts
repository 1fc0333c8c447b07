import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as OptionsModule from '../../dist/cli/export/options'
import type * as FiguresModule from '../../dist/cli/export/process-figures'
import type * as RoomModule from '../../dist/cli/export/room'
import type * as SnapshotOfAll from '../../dist/cli/export/snapshot'
import type * as ContainerModule from '../../dist/cli/processes/container'
import type * as TextModule from '../../dist/metrics/exposition/text'
import { internal } from '../support/cli'

const { ProcessFigures } = internal<typeof FiguresModule>('export/process-figures')
const { Room, Share } = internal<typeof RoomModule>('export/room')
const { readListen, readOtlp, readTime } = internal<typeof OptionsModule>('export/options')
const { snapshotOfAll } = internal<typeof SnapshotOfAll>('export/snapshot')
const { toText } = internal<typeof TextModule>('../metrics/exposition/text')
const { containerIn } = internal<typeof ContainerModule>('processes/container')

const route = { name: 'getusersid', method: 'GET', path: '/users/:id' }

function handler(location: string, name = 'show') {
  return { route, name, named: true, location }
}

describe('figures of one process', () => {
  it('find what was counted of a handler before its location was known, under its location', () => {
    const figures = new ProcessFigures(new Share(new Room(1e6), 0))
    figures.runs(handler(''), 1).durations.record(1000)
    figures.located(handler('a.js:1'))
    figures.runs(handler('a.js:1'), 1).durations.record(1000)
    // Another thread tells of it, where its location is not known yet.
    const later = figures.runs(handler(''), 1)
    later.durations.record(1000)
    later.busyNs = 500
    figures.located(handler('a.js:1'))
    figures.located(handler('b.js:1', 'other'))
    const [row] = figures.routes()
    const rows = [...(row?.handlers.values() ?? [])]
    assert.deepEqual(
      rows.map(({ location, durations, busyNs }) => [location, durations.count, busyNs]),
      [['a.js:1', 3, 500]]
    )
  })

  it('share their room with those of others, and give it back', () => {
    const room = new Room(60_000)
    const [one, other] = [0, 1].map((user) => new ProcessFigures(new Share(room, user)))
    assert.ok(one && other)
    for (let code = 200; code < 220; code++) one.requests(route, code, 1)
    assert.ok(one.overflow.routes > 0)
    // The first has taken half of it.
    other.requests(route, 200, 1)
    other.requests(route, 404, 1)
    assert.equal(other.overflow.routes, 0)
    for (let line = 1; line < 20; line++) other.runs(handler(`a.js:${line}`), 1)
    assert.ok(other.overflow.handlers > 0)
    other.forgetHandlers()
    one.clear()
    other.runs(handler('a.js:1'), 1)
    one.requests(route, 200, 1)
    assert.deepEqual(
      [...one.routes()].map(({ path, statuses }) => [path, [...statuses.keys()]]),
      [['/users/:id', [200]]]
    )
  })

  it('make no longer a text than there is room for, whatever their names are', () => {
    const labels = ['4711', 'node server.js', 'nobody', 'c'.repeat(64), '', '', '']
    for (const character of ['"', '\\', '\n', '界', 'a']) {
      const figures = new ProcessFigures(new Share(new Room(4_000_000), 1), labels)
      const name = (word: string, number: number) => `${word}${number}${character.repeat(240)}`
      for (let number = 0; number < 300; number++) {
        const told = { name: '', method: 'GET', path: name('/route', number) }
        figures.requests(told, 200, 1).record(1000)
        const run = { route: told, name: name('handler', number), named: true, location: '' }
        figures.runs(run, 1).durations.record(1000)
        figures.located({ ...run, location: name('location', number) })
      }
      const followed = { carrier: {}, labels, figures, goneSince: 0 } as never
      const own = { handlers: true, handlersSinceMs: 0, unread: 0, startedMs: 0 }
      const { length } = toText(snapshotOfAll([followed], own))
      const bytes = Buffer.byteLength(toText(snapshotOfAll([followed], own)))
      assert.ok(length <= bytes && bytes > 1_000_000 && bytes < 2_100_000, `${character}: ${bytes}`)
    }
  })
})

describe('a room', () => {
  it('has as much left for others as somebody has taken', () => {
    const room = new Room(100)
    assert.deepEqual(
      [51, 50, 1].map((amount) => room.take(1, amount)),
      [false, true, false]
    )
    assert.deepEqual(
      [26, 25].map((amount) => room.take(2, amount)),
      [false, true]
    )
    assert.equal(room.take(3, 12), true)
    room.giveBack(1, 50)
    assert.equal(room.take(2, 6), true)
  })
})

describe('the container of a process', () => {
  const id = '3f'.repeat(32)
  const other = 'ab'.repeat(32)
  const pod = '0b9c1a52-7a3e-4c53-8f0a-6a1f4d2b9c11'
  const slice = `kubepods-burstable-pod${pod.replaceAll('-', '_')}.slice`
  for (const [what, cgroup, container] of [
    [
      'of systemd and containerd',
      `0::/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${id}.scope`,
      { id, podUid: pod }
    ],
    ['of cgroupfs', `0::/kubepods/besteffort/pod${pod}/${id}`, { id, podUid: pod }],
    ['seen from another control group', `0::/../../pod${pod}/${id}\n`, { id, podUid: pod }],
    ['of Docker', `0::/system.slice/docker-${id}.scope`, { id, podUid: '' }],
    ['of Docker with cgroups 1', `12:memory:/docker/${id}\n1:name=systemd:/docker/${id}`, { id, podUid: '' }],
    [
      'of Podman',
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope/container`,
      { id, podUid: '' }
    ],
    [
      'inside of which one pretends to be another',
      `0::/system.slice/docker-${id}.scope/kubepods/pod${pod}/${other}`,
      { id, podUid: '' }
    ],
    [
      "a user's, named after another's pod",
      `0::/user.slice/user-1000.slice/user@1000.service/kubepods-pod${pod}.slice/cri-containerd-${id}.scope`,
      { id, podUid: '' }
    ],
    [
      "a user's that is none, named after another's pod",
      `0::/user.slice/user-1000.slice/user@1000.service/app.slice/pod${pod}`,
      { id: '', podUid: '' }
    ],
    ['none', '0::/user.slice/user-1000.slice/session-3.scope', { id: '', podUid: '' }],
    ['nothing at all', '', { id: '', podUid: '' }]
  ] as const) {
    it(`is told: ${what}`, () => assert.deepEqual(containerIn(cgroup), container))
  }
})

describe('options of export', () => {
  it('are read', () => {
    assert.deepEqual(readListen('9469'), { host: '127.0.0.1', port: 9469 })
    assert.deepEqual(readListen('0.0.0.0:80'), { host: '0.0.0.0', port: 80 })
    assert.deepEqual(readListen('[::]:9469'), { host: '::', port: 9469 })
    assert.deepEqual(readListen('localhost:1'), { host: 'localhost', port: 1 })
    assert.equal(readOtlp('http://a:4318').href, 'http://a:4318/v1/metrics')
    assert.equal(readOtlp('https://a/api/v1/otlp/').href, 'https://a/api/v1/otlp/v1/metrics')
    assert.equal(readOtlp('http://a/v1/metrics').href, 'http://a/v1/metrics')
    assert.equal(readTime('1h30m'), 5_400_000)
    assert.equal(readTime('250ms'), 250)
  })
})
