import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as DecoderModule from '../../dist/cli/terminal/key-decoder'
import { internal } from '../support/cli'

const { KeyDecoder } = internal<typeof DecoderModule>('terminal/key-decoder')

/** The names of the keys, with what a paste had. */
function keysOf(...pieces: string[]): string[] {
  const decoder = new KeyDecoder()
  return [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.flush()].map(({ name, text }) =>
    text === undefined ? name : `${name}: ${text}`
  )
}

const SEQUENCES: Record<string, [sent: string, keys: string[]]> = {
  characters: ['aÄ€😀 ', ['a', 'Ä', '€', '😀', ' ']],
  controls: [
    '\r\n\t\x7f\b\x03\x04\x15',
    ['enter', 'enter', 'tab', 'backspace', 'backspace', 'ctrl-c', 'ctrl-d', 'ctrl-u']
  ],
  arrows: [
    '\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA\x1bOB\x1bOC\x1bOD',
    ['up', 'down', 'right', 'left', 'up', 'down', 'right', 'left']
  ],
  'arrows with Ctrl or Shift': ['\x1b[1;5A\x1b[1;2B', ['up', 'down']],
  'the rest of the block': [
    '\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[5~\x1b[6~\x1b[3~',
    ['home', 'end', 'home', 'end', 'pageup', 'pagedown', 'delete']
  ],
  'function keys, which mean nothing': ['\x1bOP\x1b[15~\x1b[24;2~\x1b[[Aq', ['q']],
  'the mouse, which means nothing': ['\x1b[<0;10;5M\x1b[<0;10;5mq', ['q']],
  'a key with Alt, which means nothing': ['\x1bqx', ['x']],
  'ESC twice': ['\x1b\x1b', ['escape', 'escape']],
  'ESC before an arrow': ['\x1b\x1b[A', ['escape', 'up']],
  "a terminal's name, colour and answers": [
    '\x1bP>|tmux 3.4\x1b\\\x1b]11;rgb:0/0/0\x07\x1b[?62;4c\x1b[24;80Rq',
    ['q']
  ],
  'a paste': ['\x1b[200~q\r/\x1b[A\x03ü\x1b[201~j', ['paste: q\r/\x1b[A\x03ü', 'j']],
  'a paste with the beginning of its end': [
    '\x1b[200~\x1b[20\x1b[201\x1b[201~j',
    ['paste: \x1b[20\x1b[201', 'j']
  ],
  'a sequence that is broken off': ['\x1b[12\x01q\x1b[3\x1b[B', ['ctrl-a', 'q', 'down']],
  'C1 controls, which mean nothing': ['\x9bA\x00\x1fq', ['A', 'q']]
}

describe('keys', () => {
  for (const [what, [sent, expected]] of Object.entries(SEQUENCES)) {
    it(`are made of ${what}`, () => assert.deepEqual(keysOf(sent), expected))

    it(`are the same when ${what} come in pieces`, () => {
      assert.deepEqual(keysOf(...sent), expected)
      for (let at = 1; at < sent.length; at++)
        // A character of two halves comes whole, as what decodes UTF-8 keeps it together.
        if (!/[\ud800-\udbff]$/.test(sent.slice(0, at)))
          assert.deepEqual(keysOf(sent.slice(0, at), sent.slice(at)), expected, `split at ${at}`)
    })
  }

  it('are ESC alone only when nothing follows', () => {
    const decoder = new KeyDecoder()
    assert.deepEqual(decoder.feed('\x1b'), [])
    assert.ok(decoder.waits)
    assert.deepEqual(decoder.flush(), [{ name: 'escape' }])
    assert.ok(!decoder.waits)
    assert.deepEqual(decoder.feed('q'), [{ name: 'q' }])
  })

  it('come again after a sequence or an answer that never ends', () => {
    for (const begun of ['\x1b[1', '\x1bO', '\x1b]no end', '\x1bPno end']) {
      const decoder = new KeyDecoder()
      assert.deepEqual(decoder.feed(begun), [])
      decoder.flush()
      assert.deepEqual(decoder.feed('q'), [{ name: 'q' }], begun)
    }
  })

  it('keep little of a paste, and of a sequence without end', () => {
    const decoder = new KeyDecoder()
    decoder.feed('\x1b[200~')
    for (let i = 0; i < 1000; i++) assert.deepEqual(decoder.feed('q'.repeat(10_000)), [])
    const [paste] = decoder.feed('\x1b[201~')
    assert.equal(paste?.text?.length, 1000)
    decoder.feed('\x1b[')
    const began = performance.now()
    for (let i = 0; i < 10_000; i++) assert.deepEqual(decoder.feed('1;'.repeat(100)), [])
    assert.ok(performance.now() - began < 2000)
    assert.deepEqual(decoder.feed('Aq'), [{ name: 'q' }])
  })

  it('are never more than what was sent, whatever that is', () => {
    const pieces = [
      '\x1b',
      '[',
      'O',
      ']',
      'P',
      '\\',
      '2',
      '00',
      '1',
      '~',
      ';',
      '?',
      'A',
      'q',
      '\x07',
      '\x00',
      'ü',
      '😀',
      '\x9b'
    ]
    let seed = 7
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed % below
    }
    for (let round = 0; round < 5000; round++) {
      const decoder = new KeyDecoder()
      let sent = ''
      let keys = 0
      for (let count = next(30); count > 0; count--) {
        const piece = pieces[next(pieces.length)] as string
        sent += piece
        keys += decoder.feed(piece).length
        if (next(10) === 0) keys += decoder.flush().length
      }
      assert.ok(keys <= [...sent].length, JSON.stringify(sent))
    }
  })
})
