import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import path from 'node:path'
import { Problem } from '../problem'
import { isRoot } from '../processes/proc'
import { Malformed } from '../sources/checked-json'
import { OtherFormat, readRecording } from './read'
import { MAX_SIZE, type Recording } from './recording'

/** The file's mode: only its owner may read it, since URLs tell of people. */
const MODE = 0o600

/**
 * A file that the command makes anew. It is made at once, so that a name that can't be had is told before anything is
 * measured.
 */
export class NewFile {
  readonly #name: string
  readonly #folder: number
  readonly #descriptor: number
  #isWritten = false

  /** @throws Problem where there is one already, or none can be made */
  constructor(name: string) {
    this.#name = name
    try {
      this.#folder = openSync(path.dirname(name), constants.O_RDONLY | (constants.O_DIRECTORY ?? 0))
    } catch (error) {
      throw notMade(name, error)
    }
    try {
      // This opens no file, link, pipe or device that somebody else has put there.
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
      this.#descriptor = openSync(this.#path, flags, MODE)
    } catch (error) {
      closeSync(this.#folder)
      throw notMade(name, error)
    }
    giveToWhoeverAsked(this.#descriptor)
    process.once('exit', this.#removeEmpty)
  }

  /**
   * The path, which on Linux leads through the folder as it was opened, so that nobody can put another in its
   * place.
   */
  get #path(): string {
    return process.platform === 'linux'
      ? `/proc/self/fd/${this.#folder}/${path.basename(this.#name)}`
      : this.#name
  }

  /** @throws Problem where it can't be written, as to a disk that is full */
  write(text: string): void {
    try {
      writeFileSync(this.#descriptor, text)
      this.#isWritten = true
    } catch (error) {
      throw new Problem(`${this.#name} could not be written: ${(error as Error).message}`)
    } finally {
      this.close()
    }
  }

  /** An empty or half-written file is removed. */
  close(): void {
    process.removeListener('exit', this.#removeEmpty)
    this.#removeEmpty()
    closeSync(this.#descriptor)
    closeSync(this.#folder)
  }

  readonly #removeEmpty = () => {
    if (this.#isWritten) return
    try {
      unlinkSync(this.#path)
    } catch {}
  }
}

/** Gives the file to the user behind sudo, who is to be able to read what was made for them. */
function giveToWhoeverAsked(descriptor: number): void {
  const [uid, gid] = [Number(process.env.SUDO_UID), Number(process.env.SUDO_GID)]
  if (!isRoot() || !Number.isInteger(uid) || !Number.isInteger(gid)) return
  try {
    fchownSync(descriptor, uid, gid)
  } catch {}
}

function notMade(name: string, error: unknown): Problem {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EEXIST' || code === 'ELOOP')
    return new Problem(`${name} is there already, and is not overwritten`, [
      'Remove it, or give another name.'
    ])
  return new Problem(`${name} can't be made: ${message.replace(/^[A-Z]+: /, '').replace(/, open .*/, '')}`)
}

/** @throws Problem where there is none, or the file is something else */
export function recordingIn(name: string): Recording {
  try {
    return readRecording(textOf(name))
  } catch (error) {
    if (error instanceof OtherFormat) throw otherFormat(name, error)
    if (error instanceof Malformed) throw new Problem(`${name} is no recording of restify-probes`)
    throw error
  }
}

function otherFormat(name: string, { format, version }: OtherFormat): Problem {
  const release = version === 'unknown' ? '' : `, made by restify-probes ${version}`
  return new Problem(
    `${name} is a recording of format ${format}${release}, which this release does not read`,
    version === 'unknown' ? [] : [`That release does: npx restify-probes@${version} show ${name}`]
  )
}

function textOf(name: string): string {
  try {
    // Whatever waits for a writer, such as a pipe, is not waited for.
    const descriptor = openSync(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      if (!fstatSync(descriptor).isFile()) throw new Problem(`${name} is no file`)
      const bytes = Buffer.allocUnsafe(MAX_SIZE + 1)
      const length = filled(bytes, descriptor)
      if (length > MAX_SIZE) throw new Problem(`${name} has more than ${MAX_SIZE / 1024 / 1024} MB`)
      return bytes.toString('utf8', 0, length)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(`${name} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Reads until the buffer is full or the file ends: the size that a file has on paper is not its end, as in /proc. */
function filled(buffer: Buffer, descriptor: number): number {
  let length = 0
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null)
    if (read === 0) break
    length += read
  }
  return length
}
