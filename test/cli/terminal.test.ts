import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { missing, skipFor } from '../support/compulsory'
import { freePort } from '../support/http'
import { loadPort, SHOP } from '../support/shop'
import { type Size, Terminal } from '../support/terminal'

const SMALL = { width: 80, height: 24 }
/** The last table of top has whole names, and is wider than the one on a small screen. */
const WIDE = { width: 100, height: 24 }
const LARGE = { width: 200, height: 50 }

/** A command with the shop, under load until it is closed. */
async function watching(
  args: string[],
  size: Size,
  use: (terminal: Terminal) => Promise<void>,
  env: Record<string, string> = {}
): Promise<void> {
  const port = await freePort()
  const terminal = new Terminal([...args, '--', process.execPath, SHOP], {
    ...size,
    env: { ...env, PORT: String(port) }
  })
  let over = false
  const load = (async () => {
    while (!over) await loadPort(port, 50).catch(() => new Promise((resolve) => setTimeout(resolve, 50)))
  })()
  try {
    await use(terminal)
  } finally {
    over = true
    await load
    terminal.close()
  }
}

/** In milliseconds, of a route's line. */
function medianOf(line: string): number | undefined {
  const [, value, unit] = /^(?:getr\did|GET \/r\d\/:id) +[\d.]+ +[\d.]+ +([\d.]+) (µs|ms|s)/.exec(line) ?? []
  return unit === undefined
    ? undefined
    : Number(value) * { µs: 0.001, ms: 1, s: 1000 }[unit as 'µs' | 'ms' | 's']
}

describe('top in a terminal', skipFor(missing(['tmux', 'pgrep'])), () => {
  for (const size of [SMALL, LARGE]) {
    it(`fills ${size.width}×${size.height}, and another size when it gets one`, () =>
      watching(['top'], size, async (terminal) => {
        const fits = (lines: string[], { width, height }: Size) => {
          assert.match(lines[0] as string, /^restify-probes top: /)
          assert.match(lines[2] as string, /^ROUTE +REQ\/S +ERR\/S +P50 +P90 +P99 +MAX +/)
          assert.ok((lines[2] as string).length <= width)
          assert.match(lines[height - 1] as string, /^q quit {2}p pause /)
        }
        const lines = await terminal.shows(/(?:getr9id|GET \/r9\/:id) +[\d.]+ +0 .* ms .*r9respond +\d+ %/)
        fits(lines, size)
        assert.ok(terminal.isAlternate && !terminal.cursorIsShown)
        assert.equal(lines.filter((line) => /^(?:getr\did|GET \/r\d\/:id) /.test(line)).length, 10)
        const narrow = { width: 60, height: 12 }
        terminal.resize(narrow)
        const resized = await terminal.shows(/… \d more routes/)
        assert.equal(resized.length, narrow.height)
        assert.match(resized[narrow.height - 1] as string, /^q quit {2}p pause /)
      }))
  }

  it('sorts, pauses and quits by keys, and gives the terminal back', () =>
    watching(['top'], LARGE, async (terminal) => {
      await terminal.shows(/\[t time\]/)
      await terminal.shows(/^(?:getr9id|GET \/r9\/:id)/m)
      terminal.press('5')
      const lines = await terminal.shows(/P50▾(?:.|\n)*\[5 p50\]/)
      const medians = lines.flatMap((line) => medianOf(line) ?? [])
      assert.equal(medians.length, 10)
      assert.deepEqual(
        medians,
        [...medians].sort((a, b) => b - a)
      )
      terminal.press('p')
      await terminal.shows(/^\[paused\]/)
      terminal.press('p')
      await terminal.shows(/^restify-probes top/)
      terminal.press('q')
      const after = await terminal.shows(/^status 0$/m)
      assert.equal(after[0], 'before')
      // What the app printed is shown then.
      assert.ok(after.some((line) => /^listening: /.test(line)))
      assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
    }))

  for (const [how, end, status] of [
    ['Ctrl-C', (terminal: Terminal) => terminal.press('C-c'), 0],
    ['SIGTERM', (terminal: Terminal) => process.kill(terminal.pid, 'SIGTERM'), 143],
    ['SIGHUP', (terminal: Terminal) => process.kill(terminal.pid, 'SIGHUP'), 129]
  ] as const) {
    it(`gives the terminal back after ${how}`, () =>
      watching(['top'], WIDE, async (terminal) => {
        await terminal.shows(/^(?:getr9id|GET \/r9\/:id)/m)
        end(terminal)
        const after = await terminal.shows(new RegExp(`^status ${status}$`, 'm'))
        assert.equal(after[0], 'before')
        assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
        // The last table stays, as it was measured.
        assert.ok(
          after.some((line) => /^(?:getr9id|GET \/r9\/:id) +[\d.]+ .* r9respond +\d+ %$/.test(line)),
          after.join('\n')
        )
        // Echo and line editing are back.
        terminal.press('typed')
        await terminal.shows(/^typed$/m)
      }))
  }
})

describe('a terminal that is closed under top', skipFor(missing(['tmux', 'pgrep'])), () => {
  it("ends it without a word of Node's own", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'closed-'))
    const stderr = path.join(folder, 'stderr')
    const terminal = new Terminal(['top', '--', process.execPath, SHOP], {
      ...SMALL,
      env: { PORT: '0' },
      stderr
    })
    await terminal.shows(/^ROUTE /m)
    const { pid } = terminal
    terminal.close()
    while (isRunning(pid)) await delay(50)
    assert.doesNotMatch(readFileSync(stderr, 'utf8'), /Assertion|node::/)
    rmSync(folder, { recursive: true })
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('colours', skipFor(missing(['tmux', 'pgrep'])), () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const SGR = /\x1b\[[\d;]*m/

  for (const [how, args, env, expected] of [
    ['are used on a terminal', [], {}, true],
    ['are not used with --no-color', ['--no-color'], {}, false],
    ['are not used with NO_COLOR', [], { NO_COLOR: '1' }, false]
  ] as const) {
    it(how, () =>
      watching(
        ['trace', '--handlers', ...args],
        SMALL,
        async (terminal) => {
          const lines = await terminal.shows(
            /200 +[\d.]+ ms {2}GET {6}\/r9\/:id +\/r9\/\d+\n( {2}r9step\d .*\n)+ {2}r9respond +[█▒░]+/
          )
          for (const line of lines) assert.ok([...line].length <= SMALL.width, line)
          assert.equal(SGR.test(terminal.coloured()), expected)
        },
        env
      )
    )
  }
})

describe('latency in a terminal', skipFor(missing(['tmux', 'pgrep'])), () => {
  it('shows how far it is, and wipes that away at its end', () =>
    watching(['latency', '--routes'], LARGE, async (terminal) => {
      await terminal.shows(/^\d+ s, [1-9]\d* requests so far/m)
      terminal.press('C-c')
      const lines = await terminal.shows(/^status 0$/m)
      assert.ok(!lines.some((line) => line.includes('so far')), lines.join('\n'))
      assert.ok(lines.some((line) => /^route: count \d+ {2}p50 /.test(line)))
    }))
})
