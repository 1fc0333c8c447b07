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
const MEDIUM = { width: 120, height: 40 }
const LARGE = { width: 200, height: 50 }

/** A route's row on the screen, where the first columns are for the mark. */
const ROW = /^(?:▸ | {2})(?:getr\did|GET \/r\d\/:id) /

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

/** The median of a route's line, in milliseconds. */
function medianOf(line: string): number | undefined {
  const [, value, unit] = /^..GET \/r\d\/:id +[\d.]+ +[\d.]+ +\d+ % +([\d.]+) (µs|ms|s)/.exec(line) ?? []
  return unit === undefined
    ? undefined
    : Number(value) * { µs: 0.001, ms: 1, s: 1000 }[unit as 'µs' | 'ms' | 's']
}

/** Resolves once every route has been seen on the table. */
function showsAll(terminal: Terminal): Promise<string[]> {
  return terminal.shows(/^(?:(?:▸ | {2})GET \/r\d\/:id .*\n){10}/m)
}

/** The selected row. */
const MARKED = /^▸ GET \/r(\d)/m

function markedIn(lines: string[]): string {
  return MARKED.exec(lines.join('\n'))?.[1] as string
}

/** Before anybody has selected a row, the first one is marked whichever it is; afterwards, one route is. */
function anotherThan(route: string): RegExp {
  return new RegExp(`^ {2}GET /r${route}(?:.*\\n)*▸ GET /r(?!${route})`, 'm')
}

describe('top in a terminal', skipFor(missing(['tmux', 'pgrep'])), () => {
  for (const size of [SMALL, MEDIUM, LARGE]) {
    it(`fills ${size.width}×${size.height}, and another size when it gets one`, () =>
      watching(['top'], size, async (terminal) => {
        const fits = (lines: string[], { width, height }: Size) => {
          assert.match(lines[0] as string, /^restify-probes top: /)
          assert.match(lines[1] as string, /^\d.* req\/s {2}0 err\/s {2}10 routes/)
          assert.match(lines[2] as string, /^req\/s {2}last minute .*[▂-█] highest \d+/)
          assert.match(lines[3] as string, /^ {2}ROUTE +REQ\/S +ERR\/S TIME%▾ +P50 .*OVER/)
          for (const line of lines) assert.ok([...line].length <= width, line)
          assert.match(lines[height - 1] as string, /^q quit {2}space pause .*\? help$/)
        }
        const lines = await showsAll(terminal)
        fits(lines, size)
        assert.ok(terminal.isAlternate && !terminal.cursorIsShown)
        assert.equal(lines.filter((line) => ROW.test(line)).length, 10)
        assert.match(lines.join('\n'), /GET \/r9\/:id +[\d.]+ +0 +\d+ % .* ms .*\d s .*r9respond/)
        const narrow = { width: 60, height: 12 }
        terminal.resize(narrow)
        const resized = await terminal.shows(/… \d more routes/)
        assert.equal(resized.length, narrow.height)
        assert.match(resized[narrow.height - 1] as string, /^q quit {2}space pause /)
        terminal.resize(size)
        await terminal.shows(/\? help/)
        fits(await showsAll(terminal), size)
      }))
  }

  it('sorts, pauses and quits by keys, and gives the terminal back', () =>
    watching(['top'], LARGE, async (terminal) => {
      await showsAll(terminal)
      terminal.press('Right')
      const lines = await terminal.shows(/P50▾/)
      const medians = lines.flatMap((line) => medianOf(line) ?? [])
      assert.equal(medians.length, 10)
      assert.deepEqual(
        medians,
        [...medians].sort((a, b) => b - a)
      )
      terminal.press('m')
      await terminal.shows(/MAX▾/)
      terminal.press('Space')
      await terminal.shows(/^\[paused\]/)
      terminal.press('Space')
      await terminal.shows(/^restify-probes top/)
      terminal.press('q')
      const after = await terminal.shows(/^status 0$/m)
      assert.equal(after[0], 'before')
      // What the app printed is shown then.
      assert.ok(after.some((line) => /^listening: /.test(line)))
      assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
    }))

  it('opens the selected route, with its handlers and slowest requests, and goes back', () =>
    watching(['top', '--sort', 'p50'], SMALL, async (terminal) => {
      await showsAll(terminal)
      const first = markedIn(await terminal.shows(MARKED))
      terminal.press('Down')
      await terminal.shows(anotherThan(first))
      terminal.press('j', 'j', 'k', 'Enter')
      const lines = await terminal.shows(/^ *[\d:.]+ +[\d.]+ ms {2}200 {2}GET \/r\d\/\d+$/m)
      const [, route] = /^GET \/r(\d)\/:id {2}\(getr\1id\)$/.exec(lines[2] as string) ?? []
      assert.match(
        lines.join('\n'),
        new RegExp(
          `^HANDLER +RUNS/S .* BUSY WAITING OF ROUTE\nr${route}(?:respond|step\\d) +[\\d.]+ .* +\\d+ %$`,
          'm'
        )
      )
      for (const line of lines)
        if (/GET \/r\d\/\d/.test(line)) assert.match(line, new RegExp(`GET /r${route}/\\d+$`))
      terminal.press('Up')
      const next = await terminal.shows(new RegExp(`^GET /r(?!${route})\\d/:id `, 'm'))
      await terminal.shows(/ {2}200 {2}GET \/r\d\/\d+$/m)
      terminal.press('Escape')
      await terminal.shows(new RegExp(`^▸ ${(next[2] as string).split('  ')[0]} `, 'm'))
    }))

  it('filters by what is typed, and shows all again', () =>
    watching(['top', '--names', 'probe'], SMALL, async (terminal) => {
      await terminal.shows(/^(?:(?:▸ | {2})getr\did .*\n){10}/m)
      terminal.press('/', 'r', '3', 'i')
      const lines = await terminal.shows(/^\/r3i▏ .*\(1 of 10 routes\)/m)
      assert.deepEqual(
        lines.filter((line) => ROW.test(line)).map((line) => line.slice(0, 9)),
        ['▸ getr3id']
      )
      terminal.press('Enter')
      await terminal.shows(/\/r3i \(1 of 10\)/)
      terminal.press('Escape')
      await terminal.shows(/^(?:(?:▸ | {2})getr\did .*\n){10}/m)
    }))

  it('helps, and is pressed no keys by a paste', () =>
    watching(['top'], SMALL, async (terminal) => {
      await showsAll(terminal)
      terminal.press('?')
      await terminal.shows(/^Keys\n(?:.*\n)+Columns\n/m)
      terminal.press('Escape')
      await showsAll(terminal)
      const paste = `?q\n/x\x1b[31m${'q'.repeat(100_000)}`
      terminal.paste(paste)
      terminal.press('/')
      await terminal.shows(/^\/▏/m)
      terminal.paste(paste)
      await terminal.shows(/^\/\?q▏ .*\(0 of 10 routes\)/m)
      terminal.press('Escape')
      await showsAll(terminal)
    }))

  it('takes keys that come in pieces', () =>
    watching(['top', '--sort', 'p50'], SMALL, async (terminal) => {
      await showsAll(terminal)
      const first = markedIn(await terminal.shows(MARKED))
      for (const piece of ['\x1b', '[', 'B']) terminal.send(piece)
      await terminal.shows(anotherThan(first))
    }))

  for (const [how, end, status] of [
    ['Ctrl-C', (terminal: Terminal) => terminal.press('C-c'), 0],
    ['SIGTERM', (terminal: Terminal) => process.kill(terminal.pid, 'SIGTERM'), 143],
    ['SIGHUP', (terminal: Terminal) => process.kill(terminal.pid, 'SIGHUP'), 129]
  ] as const) {
    it(`gives the terminal back after ${how}`, () =>
      watching(['top'], SMALL, async (terminal) => {
        await showsAll(terminal)
        end(terminal)
        const after = await terminal.shows(new RegExp(`^status ${status}$`, 'm'))
        assert.equal(after[0], 'before')
        assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
        // The last table stays, as it was measured, each route in a line.
        const rows = after.filter((line) => /^GET \/r\d\/:id +[\d.]+ .* r\drespond/.test(line))
        assert.equal(rows.length, 10, after.join('\n'))
        // Echo and line editing are back.
        terminal.press('typed')
        await terminal.shows(/^typed$/m)
      }))
  }
})

describe('top as a job of a shell', skipFor(missing(['tmux', 'pgrep', 'bash'])), () => {
  for (const [how, stop] of [
    ['Ctrl-Z', (terminal: Terminal) => terminal.press('C-z')],
    ['SIGTSTP', (terminal: Terminal) => process.kill(terminal.pid, 'SIGTSTP')],
    ['SIGSTOP', (terminal: Terminal) => process.kill(terminal.pid, 'SIGSTOP')]
  ] as const) {
    it(`is stopped by ${how} and continued, again and again`, async () => {
      const terminal = new Terminal(['top', '--', process.execPath, SHOP], {
        ...MEDIUM,
        env: { PORT: '0' },
        jobControl: true
      })
      try {
        for (let times = 0; times < 3; times++) {
          await terminal.shows(/^restify-probes top: (?:.*\n)+q quit/m)
          assert.ok(terminal.isAlternate && !terminal.cursorIsShown)
          stop(terminal)
          // A process that is stopped by SIGSTOP can give nothing back.
          if (how !== 'SIGSTOP') {
            await terminal.shows(/Stopped(?:.*\n)+\$ *$/m)
            assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
            terminal.type('stty -a')
            await terminal.shows(/ icanon .* echo /)
          } else await delay(500)
          terminal.type('clear; fg')
        }
        await terminal.shows(/^restify-probes top: (?:.*\n)+q quit/m)
        // It is pressed keys at once, without Enter.
        terminal.press('?')
        await terminal.shows(/^Keys$/m)
        terminal.press('q')
        await terminal.shows(/\$ *$/m)
        assert.ok(!terminal.isAlternate && terminal.cursorIsShown)
      } finally {
        terminal.close()
      }
    })
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
    await terminal.shows(/^ {2}ROUTE /m)
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
