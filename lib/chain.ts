/**
 * A list that each member leaves by itself. For what comes and goes with
 * requests it takes the place of a Set, of which V8 makes a new table every few
 * members: each old table keeps the next, with all that was in it, until the
 * old generation is collected.
 */
export class Chain<T> {
  first: Link<T> | null = null
  last: Link<T> | null = null

  get empty(): boolean {
    return this.first === null
  }

  add(value: T): Link<T> {
    const link = new Link(this, value)
    link.join()
    return link
  }

  clear(): void {
    while (this.first !== null) this.first.leave()
  }

  /** A member may leave when its turn comes, but no other. */
  each(action: (value: T) => void): void {
    for (let link = this.first; link !== null; ) {
      const { later } = link
      action(link.value)
      link = later
    }
  }
}

export class Link<T> {
  private earlier: Link<T> | null = null
  later: Link<T> | null = null
  private joined = false

  constructor(
    private readonly chain: Chain<T>,
    readonly value: T
  ) {}

  /** To the end of the chain, from wherever in it. */
  join(): void {
    this.leave()
    this.joined = true
    this.earlier = this.chain.last
    if (this.earlier === null) this.chain.first = this
    else this.earlier.later = this
    this.chain.last = this
  }

  leave(): void {
    if (!this.joined) return
    const { earlier, later } = this
    this.joined = false
    if (earlier === null) this.chain.first = later
    else earlier.later = later
    if (later === null) this.chain.last = earlier
    else later.earlier = earlier
    // What has left must keep nothing of what comes after.
    this.earlier = null
    this.later = null
  }
}
