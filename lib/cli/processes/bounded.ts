import { closeSync, constants, fstatSync, openSync, readSync, statfsSync } from 'node:fs'

/** Reading what belongs to another process: never more than a bound, and never what could make us wait. */

/** The bytes that are read in one step of a file whose size is not known. */
const STEP = 64 * 1024

/** The type of file systems by which each container has its own view of the same files (OVERLAYFS_SUPER_MAGIC). */
const OVERLAY = 0x794c7630n

/**
 * A file is opened without waiting for a FIFO's writer, and not through a link that stands where a file was.
 */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

/**
 * The first bytes of a file of /proc, which has no size of its own.
 *
 * @throws Error as the system tells it
 */
export function readStart(path: string, limit: number): Buffer {
  const file = openSync(path, FLAGS)
  try {
    const parts: Buffer[] = []
    for (let length = 0; length < limit; ) {
      const part = Buffer.allocUnsafe(Math.min(STEP, limit - length))
      const got = readSync(file, part, 0, part.length, null)
      if (got === 0) break
      parts.push(part.subarray(0, got))
      length += got
    }
    return Buffer.concat(parts)
  } finally {
    closeSync(file)
  }
}

/** An open file that was looked at after it was opened, so that nobody can put another in its place. */
export class CheckedFile {
  private constructor(
    readonly descriptor: number,
    readonly size: number,
    readonly inode: string,
    private readonly device: bigint,
    private readonly changedNs: bigint
  ) {}

  /**
   * @param follow - for a link of the kernel's own, such as those of /proc/PID/map_files
   * @returns undefined for what is no regular file
   * @throws Error as the system tells it
   */
  static open(path: string, { follow = false } = {}): CheckedFile | undefined {
    const descriptor = openSync(path, follow ? FLAGS & ~constants.O_NOFOLLOW : FLAGS)
    try {
      const stats = fstatSync(descriptor, { bigint: true })
      if (stats.isFile())
        return new CheckedFile(descriptor, Number(stats.size), String(stats.ino), stats.dev, stats.ctimeNs)
      closeSync(descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
    return undefined
  }

  /** Reads so many bytes from that offset on; undefined where the file has fewer. */
  read(offset: number, length: number): Buffer | undefined {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) return undefined
    const bytes = Buffer.alloc(length)
    return readSync(this.descriptor, bytes, 0, length, offset) === length ? bytes : undefined
  }

  /**
   * A path at which any process that may look into ours finds this very file, whatever becomes of the
   * file's own path.
   */
  get path(): string {
    return `/proc/${process.pid}/fd/${this.descriptor}`
  }

  /**
   * Tells the file from others, and is the same wherever it is seen: containers of one image see one file on devices of
   * their own, while its number, its size and the moment of its last change are those of the file below.
   */
  get identity(): string {
    const { type } = statfsSync(`/proc/self/fd/${this.descriptor}`, { bigint: true })
    const device = type === OVERLAY ? `overlay ${this.size} ${this.changedNs}` : this.device
    return `${device} ${this.inode}`
  }

  close(): void {
    closeSync(this.descriptor)
  }
}
