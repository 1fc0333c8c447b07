import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type * as PrintableModule from '../../dist/cli/printable'
import { internal, ROOT } from '../support/cli'

const { line, printable, printableLines } = internal<typeof PrintableModule>('printable')

describe('text from elsewhere', () => {
  it('has no control character left, old or new, and no line of its own', () => {
    assert.equal(
      printable('a\x1b[2Jb\r\nc\x9b31m\x07\x7f\t'),
      'a\\u001b[2Jb\\u000d\\u000ac\\u009b31m\\u0007\\u007f\\u0009'
    )
    assert.equal(printable('a\u2028b\u2029c\u0085'), 'a\\u2028b\\u2029c\\u0085')
  })

  it('can not turn the direction of what stands beside it, or hide in it', () => {
    const turning = ['\u200e', '\u200f', '\u061c', '\u202a', '\u202e', '\u2066', '\u2069']
    const invisible = ['\u00ad', '\u200b', '\u200d', '\u2060', '\ufeff', '\u{e0041}', '\u{f0000}', '\ud800']
    for (const character of [...turning, ...invisible])
      assert.match(printable(`a${character}b`), /^a(\\u[0-9a-f]{4}){1,2}b$/, character)
  })

  it('is left alone otherwise', () => {
    const text = 'GET /café?q=日本語&emoji=🙂 {"a":"\\u001b"}'
    assert.equal(printable(text), text)
    assert.equal(printable(printable('\x1b')), printable('\x1b'))
  })

  it('stays the same JSON', () => {
    const value = { text: '\x7f\x9b\u202e\u{e0041}\n"\\' }
    assert.deepEqual(JSON.parse(printable(JSON.stringify(value))), value)
  })

  it('keeps the lines of a text that has several, and no more', () => {
    assert.equal(printableLines('a\n\tb\r\x1bc'), 'a\n\tb\\u000d\\u001bc')
  })

  it('is put together by a template that takes nothing else', () => {
    assert.equal(line`process ${7} (${printable('a\nb')})\n`, 'process 7 (a\\u000ab)\n')
    // @ts-expect-error a plain string may hold anything
    line`${'a'}`
  })
})

describe("the command's sources", () => {
  it('write to standard output and standard error in one place', () => {
    const folder = path.join(ROOT, 'lib', 'cli')
    const sources = (readdirSync(folder, { recursive: true }) as string[]).filter((file) =>
      file.endsWith('.ts')
    )
    assert.ok(sources.length > 30)
    const writing = sources.filter((file) =>
      /std(out|err)\.write|console\.(log|error|warn|info)\(|writeSync\(/.test(
        readFileSync(path.join(folder, file), 'utf8').replace(/^ *["'`].*$/gm, '')
      )
    )
    // The screen takes printable lines only, main waits until all is written, and an injector tells its parent.
    assert.deepEqual(writing.sort(), [
      'inject/injector.ts',
      'main.ts',
      'terminal/output.ts',
      'terminal/screen.ts'
    ])
  })
})
