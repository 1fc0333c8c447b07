import { closeSync } from 'node:fs'

/** A file that the helper holds open for the command. */
export interface Pinned {
  descriptor: number
  /**
   * A path at which any process that may look into the helper finds this very file, whatever becomes
   * of the file's own path.
   */
  path: string
}

export function pinned(descriptor: number): Pinned {
  return { descriptor, path: `/proc/${process.pid}/fd/${descriptor}` }
}

export function closePinned(descriptor: number): void {
  closeSync(descriptor)
}
