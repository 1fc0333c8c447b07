/**
 * Room that users share. Nobody's processes take more than what is left for all others, so that a user who takes
 * whatever is to be had leaves one half, a second one a quarter.
 */
export class Room {
  readonly #most: number
  #taken = 0
  readonly #takenBy = new Map<number, number>()

  /** @param most - in whatever unit the room is measured */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * @param user - the user's number
   * @returns false, and takes nothing, if there is no room for so much
   */
  take(user: number, amount: number): boolean {
    const own = (this.#takenBy.get(user) ?? 0) + amount
    if (own > this.#most - this.#taken - amount) return false
    this.#taken += amount
    this.#takenBy.set(user, own)
    return true
  }

  giveBack(user: number, amount: number): void {
    this.#taken -= amount
    const own = (this.#takenBy.get(user) ?? 0) - amount
    if (own > 0) this.#takenBy.set(user, own)
    else this.#takenBy.delete(user)
  }
}

/** One process's part of a room, which can be given back at once. */
export class Share {
  readonly #room: Room
  readonly #user: number
  #taken = 0

  /** @param user - the number of the process's user */
  constructor(room: Room, user: number) {
    this.#room = room
    this.#user = user
  }

  /** @returns false, and takes nothing, if there is no room for so much */
  take(amount: number): boolean {
    if (!this.#room.take(this.#user, amount)) return false
    this.#taken += amount
    return true
  }

  giveBack(amount: number = this.#taken): void {
    this.#taken -= amount
    this.#room.giveBack(this.#user, amount)
  }
}
