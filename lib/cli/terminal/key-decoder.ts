/** A key that was pressed, or a text that was pasted. */
export interface Key {
  /**
   * The character itself, or a name of more than one character: `up`, `enter`, `escape`, `ctrl-c`, and `paste` for a
   * text.
   */
  readonly name: string
  /** The text of a paste. */
  readonly text?: string
}

const ESC = '\x1b'
const PASTE_END = `${ESC}[201~`

/** The most characters that are kept of a paste, and of a sequence that is waited for. */
const MAX_PASTE = 1000
const MAX_SEQUENCE = 64

/** `ESC [`, parameters, intermediates, and the letter that ends it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send them
const CONTROL_SEQUENCE = /\x1b\[(?:\[.|([0-?]*)[ -/]*([@-~]))/y
/** The beginning of such a sequence, where the end is still to come. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send them
const BEGUN_SEQUENCE = /\x1b(?:\[(?:\[|[0-?]*[ -/]*)?|O)?$/y
/** A terminal's answer, such as its name or a colour, is a text that BEL or `ESC \` ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send them
const STRING_BEGIN = /\x1b[\]P_^X]/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send them
const STRING_END = /\x07|\x1b\\/g

const LETTERS: Record<string, string> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  M: 'enter'
}
const NUMBERS: Record<string, string> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end'
}
const CONTROLS: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace'
}

/**
 * Makes keys of what a terminal sends, in whatever pieces it comes. What nobody knows is left out; a paste is one key,
 * so that its text presses none.
 */
export class KeyDecoder {
  /** The beginning of a sequence whose end is still to come. */
  #rest = ''
  /** The text of a paste that has begun. */
  #paste: string | undefined
  /** Whether a terminal's answer has begun, of which nothing is kept. */
  #inString = false

  /** Whether what follows could change the meaning of what has come. */
  get waits(): boolean {
    return this.#rest !== '' || this.#inString
  }

  feed(text: string): Key[] {
    const keys: Key[] = []
    const all = this.#rest + text
    this.#rest = ''
    for (let at = 0; at < all.length; ) at = this.#next(all, at, keys)
    return keys
  }

  /** Must be called when nothing has followed for a while: `ESC` alone is the key of that name. */
  flush(): Key[] {
    const rest = this.#rest
    // A paste's end mark can't be mistaken for a key.
    if (this.#paste !== undefined) return []
    this.#rest = ''
    this.#inString = false
    return rest === ESC ? [{ name: 'escape' }] : []
  }

  /** @returns where to go on */
  #next(all: string, at: number, keys: Key[]): number {
    if (this.#paste !== undefined) return this.#pasted(all, at, keys)
    if (this.#inString) return this.#skipped(all, at)
    const character = String.fromCodePoint(all.codePointAt(at) as number)
    if (character !== ESC) {
      const name = nameOf(character)
      if (name !== undefined) keys.push({ name })
      return at + character.length
    }
    return this.#escaped(all, at, keys)
  }

  #escaped(all: string, at: number, keys: Key[]): number {
    if (matchAt(BEGUN_SEQUENCE, all, at) !== null) {
      const rest = all.slice(at)
      // A sequence without end is kept as the beginning of one that no key has.
      this.#rest = rest.length > MAX_SEQUENCE ? `${ESC}[?` : rest
      return all.length
    }
    if (matchAt(STRING_BEGIN, all, at) !== null) {
      this.#inString = true
      return at + 2
    }
    const control = matchAt(CONTROL_SEQUENCE, all, at)
    if (control !== null) {
      const [whole, parameters, end] = control
      if (parameters === '200' && end === '~') this.#paste = ''
      else {
        const name = keyOf(parameters, end)
        if (name !== undefined) keys.push({ name })
      }
      return at + whole.length
    }
    const next = all[at + 1] as string
    if (next === 'O') {
      const name = LETTERS[all[at + 2] as string]
      if (name !== undefined) keys.push({ name })
      return at + 3
    }
    if (next === ESC) {
      keys.push({ name: 'escape' })
      return at + 1
    }
    // This is a sequence that something else breaks off, or a key with Alt, which means nothing here.
    if (next === '[') return at + brokenLength(all, at)
    return at + 1 + String.fromCodePoint(all.codePointAt(at + 1) as number).length
  }

  #pasted(all: string, at: number, keys: Key[]): number {
    const end = all.indexOf(PASTE_END, at)
    const until = end === -1 ? all.length - beginningLength(all.slice(at), PASTE_END) : end
    this.#paste = (this.#paste + all.slice(at, until)).slice(0, MAX_PASTE)
    if (end === -1) {
      this.#rest = all.slice(until)
      return all.length
    }
    keys.push({ name: 'paste', text: this.#paste })
    this.#paste = undefined
    return end + PASTE_END.length
  }

  #skipped(all: string, at: number): number {
    STRING_END.lastIndex = at
    const end = STRING_END.exec(all)
    if (end !== null) {
      this.#inString = false
      return STRING_END.lastIndex
    }
    if (all.endsWith(ESC)) this.#rest = ESC
    return all.length
  }
}

function nameOf(character: string): string | undefined {
  const control = CONTROLS[character]
  if (control !== undefined) return control
  const code = character.codePointAt(0) as number
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`
  return code < 32 || (code >= 0x7f && code < 0xa0) ? undefined : character
}

/** Names the key of a sequence. A second parameter tells of Shift, Ctrl and Alt, with which a key is the same here. */
function keyOf(parameters: string | undefined, end: string | undefined): string | undefined {
  const [, first] = /^(\d*)(?:;\d+)?$/.exec(parameters ?? '?') ?? []
  if (first === undefined) return undefined
  if (end === '~') return NUMBERS[first]
  return first === '' || first === '1' ? LETTERS[end ?? ''] : undefined
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** The length of a broken sequence that is left out: of what can be part of one. */
function brokenLength(all: string, at: number): number {
  let end = at + 2
  while (end < all.length && /[ -?]/.test(all[end] as string)) end++
  return end - at
}

/** The number of last characters of a text that may be the first of another. */
function beginningLength(text: string, other: string): number {
  for (let length = Math.min(text.length, other.length - 1); length > 0; length--)
    if (other.startsWith(text.slice(-length))) return length
  return 0
}
