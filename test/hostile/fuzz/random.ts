const LONGEST_TEXT = 100_000

/** Numbers that are the same for the same seed (mulberry32), and what is made of them. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A number from 0 to 1. */
  part(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** A number from 0 up to, but not including, so many. */
  below(count: number): number {
    return Math.floor(this.part() * count)
  }

  chance(part: number): boolean {
    return this.part() < part
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** Mostly few, sometimes many. */
  size(most: number): number {
    return Math.floor(most ** this.part()) - 1
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let i = 0; i < length; i++) bytes[i] = this.below(256)
    return bytes
  }

  text(most = 40): string {
    let text = ''
    for (let left = this.size(most); left > 0; left--) text += this.of(PIECES)
    // The text is as long as what is read of a command line at most, and longer.
    return this.chance(0.01) ? text.repeat(this.size(2000) + 1).slice(0, LONGEST_TEXT) : text
  }

  /** A number that somebody did not think of. */
  number(): number {
    return this.chance(0.5) ? this.of(NUMBERS) : this.below(1000) * 10 ** this.below(20)
  }

  /** A value of JSON. */
  value(depth = 3): unknown {
    switch (this.below(depth > 0 ? 7 : 5)) {
      case 0:
        return null
      case 1:
        return this.chance(0.5)
      case 2:
        return this.number()
      case 3:
      case 4:
        return this.text()
      case 5:
        return Array.from({ length: this.size(30) }, () => this.value(depth - 1))
      default:
        return Object.fromEntries(
          Array.from({ length: this.size(8) }, () => [this.of(KEYS), this.value(depth - 1)])
        )
    }
  }

  /** The same with some of its parts replaced, left out or given twice. */
  changed(value: unknown, part: number): unknown {
    if (this.chance(part)) return this.value()
    if (Array.isArray(value)) {
      const items = value.flatMap((item) =>
        this.chance(part) ? (this.chance(0.5) ? [] : [item, item]) : [this.changed(item, part)]
      )
      return this.chance(0.002) ? items.concat(...Array(300).fill(items.slice(0, 3))) : items
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).filter(() => !this.chance(part / 2))
      return Object.fromEntries(entries.map(([key, each]) => [key, this.changed(each, part)]))
    }
    return value
  }

  /** A text, and some of its bytes changed, left out, or repeated. */
  damaged(text: string): string {
    if (this.chance(0.5)) return text
    const at = this.below(text.length + 1)
    const to = Math.min(text.length, at + this.size(50))
    return this.of([
      () => text.slice(0, at),
      () => text.slice(0, at) + text.slice(to),
      () => text.slice(0, at) + this.text() + text.slice(to),
      () => text.slice(0, to) + text.slice(at, to).repeat(this.size(500) + 1) + text.slice(to)
    ])()
  }
}

const PIECES = [
  ...'abcxyz019 /.-_:,;%?=&\'"\\()[]{}<>@$#!*\t\n\r\0',
  '\x1b[2J',
  '\x9b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ud800',
  '\u{e0041}',
  'é',
  '漢',
  '🙂',
  '\\u001b',
  '\\uffffffc3',
  '__proto__',
  ' (deleted)',
  '\\012',
  '.node',
  'ENOENT',
  '8@%rdi '
]

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.5,
  1e-300,
  255,
  256,
  65_535,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  8.64e15 + 1,
  1e21,
  1e308,
  -1e308
]

const KEYS = [
  'pid',
  'request',
  'handlers',
  'type',
  'data',
  'routes',
  '__proto__',
  'constructor',
  'toString',
  '',
  'x'
]
