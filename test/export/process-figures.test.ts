import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as OptionsModule from '../../dist/cli/export/options'
import type * as FiguresModule from '../../dist/cli/export/process-figures'
import type * as ContainerModule from '../../dist/cli/processes/container'
import { internal } from '../support/cli'

const { ProcessFigures, Room } = internal<typeof FiguresModule>('export/process-figures')
const { readListen, readOtlp, readTime } = internal<typeof OptionsModule>('export/options')
const { containerIn } = internal<typeof ContainerModule>('processes/container')

const route = { name: 'getusersid', method: 'GET', path: '/users/:id' }

function handler(location: string, name = 'show') {
  return { route, name, named: true, location }
}

describe('figures of one process', () => {
  it('find what was counted of a handler before its location was known, under its location', () => {
    const figures = new ProcessFigures(new Room(100))
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
    const room = new Room(3)
    const [one, other] = [new ProcessFigures(room), new ProcessFigures(room)]
    one.requests(route, 200, 1)
    one.requests(route, 404, 1)
    other.requests(route, 200, 1)
    other.requests(route, 404, 5)
    assert.deepEqual(
      [...other.routes()].flatMap(({ statuses }) => [...statuses.keys()]),
      [200, 0]
    )
    assert.equal(other.overflow.status_codes, 5)
    one.clear()
    other.runs(handler('a.js:1'), 1)
    other.runs(handler('a.js:2'), 1)
    other.runs(handler('a.js:3'), 7)
    assert.equal(other.overflow.handlers, 7)
    other.forgetHandlers()
    one.requests(route, 200, 1)
    assert.equal(one.overflow.status_codes, 0)
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
