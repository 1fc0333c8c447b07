/** The native addon keeps as many names (MAX_NAMES in native/addon.c). */
const MAX_NAMES = 65536

/** A server's, route's or handler's name, with the number by which native code knows it. */
export class Name {
  constructor(
    readonly text: string,
    /** Zero or more; negative for a name that native code does not keep. */
    readonly token: number
  ) {}
}

/** Hands each name to native code once, so that probes are fired with numbers. */
export class NameTable {
  readonly #names = new Map<string, Name>()
  readonly #intern: (text: string) => number

  constructor(intern: (text: string) => number = () => -1) {
    this.#intern = intern
  }

  of(text: string): Name {
    let name = this.#names.get(text)
    if (name === undefined) {
      const full = this.#names.size >= MAX_NAMES
      name = new Name(text, full ? -1 : this.#intern(text))
      if (!full) this.#names.set(text, name)
    }
    return name
  }
}

/** Text as C can take it, where a NUL ends a string: the sign that Unicode has for what can't be shown stands for each. */
export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
}
