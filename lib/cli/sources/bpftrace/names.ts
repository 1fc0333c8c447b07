/**
 * A process that fires probes may make up addresses. Our scripts have no more names than that in the
 * kernel.
 */
const MAX_NAMES = 200_000

/** The address of what a probe does not tell. */
const NOTHING = '0'

/** Texts of names by thread and address, as the scripts tell them. */
export class AddressNames {
  readonly #texts = new Map<string, string>()

  set(tid: string, address: string, text: string): void {
    if (this.#texts.size < MAX_NAMES) this.#texts.set(`${tid},${address}`, text)
  }

  has(tid: string, address: string): boolean {
    return address === NOTHING || this.#texts.has(`${tid},${address}`)
  }

  /** The text of a name; something readable where the line with it was lost. */
  get(tid: string, address: string): string {
    if (address === NOTHING) return ''
    return this.#texts.get(`${tid},${address}`) ?? `(name at ${address})`
  }
}
