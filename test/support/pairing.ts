import assert from 'node:assert/strict'
import { type Firing, idOf, summary } from './recorder'

/**
 * Contract rules 1 and 2 for one request: one route-start, first; one
 * route-done, last; between them, for each handler-start one handler-done.
 */
export function assertPaired(request: Firing[]): void {
  const what = `\n${summary(request).join('\n')}`
  assert.equal(request[0]?.probe, 'route-start', `route-start is not first:${what}`)
  assert.equal(request.at(-1)?.probe, 'route-done', `route-done is not last:${what}`)
  const open: string[] = []
  for (const firing of request.slice(1, -1)) {
    const handler = String(firing.args[2])
    if (firing.probe === 'handler-start') {
      open.push(handler)
    } else {
      assert.equal(firing.probe, 'handler-done', `a second ${firing.probe}:${what}`)
      const at = open.lastIndexOf(handler)
      assert.notEqual(at, -1, `a handler-done of ${handler} without its start:${what}`)
      open.splice(at, 1)
    }
  }
  assert.deepEqual(open, [], `handlers without their done:${what}`)
  const id = idOf(request[0] as Firing)
  assert.ok(Number.isInteger(id) && id > 0 && id < 2 ** 31, `${id} is no positive 32-bit int`)
  assert.ok(request.every((firing) => idOf(firing) === id))
}
