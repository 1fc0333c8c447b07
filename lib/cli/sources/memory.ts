/** Memory that others may need too. */
export interface Memory {
  /** @returns false, and takes nothing, if there is not so much */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

/** For a command that listens to the processes that somebody chose, for a while. */
export const UNLIMITED: Memory = { take: () => true, giveBack() {} }

/** There is no memory left for what a process tells. */
export class NoRoom extends Error {}
