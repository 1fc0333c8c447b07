import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Key } from '../../dist/cli/terminal/key-decoder'
import type * as ViewModule from '../../dist/cli/top/view'
import { internal } from '../support/cli'

const { afterKey, selectedIndex, startView } = internal<typeof ViewModule>('top/view')

const routes = ['a', 'b', 'c', 'd', 'e']
const rows = { routes, page: 3 }

/** Gives what is to be seen after these keys. */
function after(keys: readonly (string | Key)[], shown = rows): ViewModule.View {
  return keys.reduce<ViewModule.View>((view, key) => {
    const next = afterKey(view, typeof key === 'string' ? { name: key } : key, shown)
    assert.notEqual(next, 'quit')
    return next as ViewModule.View
  }, startView('time'))
}

const selected = (...keys: string[]) => routes[selectedIndex(after(keys), routes)]

describe('keys in top', () => {
  it('select a route, within those that there are', () => {
    assert.equal(selected(), 'a')
    assert.equal(selected('down'), 'b')
    assert.equal(selected('j', 'j', 'k'), 'b')
    assert.equal(selected('up'), 'a')
    assert.equal(selected('pagedown'), 'd')
    assert.equal(selected('pagedown', 'pagedown'), 'e')
    assert.equal(selected('end', 'up'), 'd')
    assert.equal(selected('end', 'pageup'), 'b')
    assert.equal(selected('end', 'home'), 'a')
  })

  it('select a route that is followed wherever it goes, and the first one when it is gone', () => {
    const view = after(['down'])
    assert.equal(selectedIndex(view, ['e', 'd', 'b', 'a']), 2)
    assert.equal(selectedIndex(view, ['e', 'd']), 0)
    // Before anybody has selected a route, the first is meant, whichever that is.
    assert.equal(selectedIndex(after([]), ['e', 'a']), 0)
  })

  it('change the column by which it is sorted', () => {
    assert.equal(after(['right']).sort, 'p50')
    assert.equal(after(['<']).sort, 'errors')
    assert.equal(after(['left', 'left', 'left', 'left']).sort, 'requests')
    assert.equal(after(Array(20).fill('>')).sort, 'share')
    assert.deepEqual(
      [...'re59t0ms'].map((key) => after([key]).sort),
      ['requests', 'errors', 'p50', 'p90', 'time', 'p99', 'max', 'share']
    )
  })

  it('open the selected route, walk on to the next, and go back', () => {
    const opened = after(['down', 'enter'])
    assert.deepEqual([opened.page, opened.selected], ['route', 'b'])
    const next = after(['down', 'enter', 'down'])
    assert.deepEqual([next.page, next.selected], ['route', 'c'])
    assert.equal(after(['enter', 'escape']).page, 'table')
    assert.equal(after(['enter', 'right']).sort, 'time')
    assert.equal(after(['enter'], { routes: [], page: 3 }).page, 'table')
    assert.equal(after(['down', 'enter'], { routes: [], page: 3 }).page, 'table')
  })

  it('filter by what is typed, among it characters that are keys elsewhere', () => {
    const typed = after(['/', 'q', '?', ' ', 'j', 'ü'])
    assert.deepEqual([typed.filter, typed.typing, typed.paused], ['q? jü', true, false])
    assert.equal(after(['/', 'a', 'b', 'backspace']).filter, 'a')
    assert.equal(after(['/', 'backspace']).filter, '')
    assert.equal(after(['/', 'a', ' ', 'b', 'ctrl-w']).filter, 'a ')
    assert.equal(after(['/', 'a', 'ctrl-u', 'up', 'ctrl-z', 'tab']).filter, '')
    const kept = after(['/', 'a', 'enter', 'down'])
    assert.deepEqual([kept.filter, kept.typing, kept.selected], ['a', false, 'b'])
    assert.equal(after(['/', 'a', 'enter', 'escape']).filter, '')
    assert.deepEqual(after(['/', 'a', 'escape']), startView('time'))
    assert.equal(after(['enter', '/']).page, 'table')
  })

  it('take of a paste one line of what can be shown into a filter, and nothing anywhere else', () => {
    const paste = { name: 'paste', text: 'q\x1b[31m\u202eusers\nq' }
    assert.equal(after(['/', paste]).filter, 'q[31musers')
    assert.equal([...after(['/', { name: 'paste', text: '😀'.repeat(500) }]).filter].length, 60)
    assert.deepEqual(after([paste]), startView('time'))
  })

  it('pause, help, and mean nothing else', () => {
    assert.equal(after([' ']).paused, true)
    assert.equal(after(['p', 'p']).paused, false)
    assert.equal(after(['?']).help, true)
    assert.deepEqual(after(['?', 'escape']), startView('time'))
    // The key that ends the help does nothing else.
    assert.deepEqual(after(['?', 'down']), startView('time'))
    for (const name of ['x', 'constructor', '__proto__', 'toString', 'delete', 'tab', 'paste'])
      assert.deepEqual(after([name]), startView('time'), name)
  })

  it('quit, but not while a filter is typed', () => {
    for (const before of [[], ['?'], ['enter']]) {
      for (const name of ['q', 'ctrl-c', 'ctrl-d'])
        assert.equal(afterKey(after(before), { name }, rows), 'quit')
    }
    assert.notEqual(afterKey(after(['/']), { name: 'q' }, rows), 'quit')
    assert.equal(afterKey(after(['/']), { name: 'ctrl-c' }, rows), 'quit')
  })
})
