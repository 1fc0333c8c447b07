/**
 * A doubly linked list whose members leave it by themselves. It takes the place of a Set where members come and go with
 * requests: of a Set, V8 makes a new table every few members, and each old table keeps the next, with all that was in
 * it, until the old generation is collected.
 */
export class LinkedList<T> {
  first: Link<T> | null = null
  last: Link<T> | null = null

  get empty(): boolean {
    return this.first === null
  }

  append(value: T): Link<T> {
    const link = new Link(this, value)
    link.append()
    return link
  }

  clear(): void {
    while (this.first !== null) this.first.remove()
  }

  /** The action may remove the member that it is called for, but no other. */
  each(action: (value: T) => void): void {
    for (let link = this.first; link !== null; ) {
      const { later } = link
      action(link.value)
      link = later
    }
  }
}

/** A member's place in a list. */
export class Link<T> {
  private earlier: Link<T> | null = null
  later: Link<T> | null = null
  private listed = false

  constructor(
    private readonly list: LinkedList<T>,
    readonly value: T
  ) {}

  /** Moves the member to the end of the list, wherever it was. */
  append(): void {
    this.remove()
    this.listed = true
    this.earlier = this.list.last
    if (this.earlier === null) this.list.first = this
    else this.earlier.later = this
    this.list.last = this
  }

  /** Does nothing for a member that was removed already. */
  remove(): void {
    if (!this.listed) return
    const { earlier, later } = this
    this.listed = false
    if (earlier === null) this.list.first = later
    else earlier.later = later
    if (later === null) this.list.last = earlier
    else later.earlier = earlier
    // A member that was removed must not keep alive those that come after it.
    this.earlier = null
    this.later = null
  }
}
