import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readProc } from './proc'

const ELF_MAGIC = 0x464c457f
const EXECUTABLE = 2
const SYMBOLS = 2
const SECTION_SIZE = 64
const SYMBOL_SIZE = 24
const MAX_SECTIONS = 1000
/** The longest table that is read, in bytes; Node's are a third of that. */
const MAX_TABLE = 256 * 1024 * 1024
/** The bytes of a table that are read at once: whole symbols. */
const CHUNK = SYMBOL_SIZE * 64 * 1024
/** The time for one table, in milliseconds; Node's take a tenth of that. */
const MAX_TIME = 1000
/** The most places at which a name may stand in the table of strings. */
const MAX_PLACES = 100
const DOT = 0x2e

interface Section {
  type: number
  offset: number
  size: number
  link: number
}

/**
 * The address that a variable of a process's program has in its memory, by the program's table of symbols; undefined
 * where there is none, or it can't be read. Reads 64-bit little-endian ELF files.
 */
export function symbolAddress(pid: number, name: string): bigint | undefined {
  let file: number | undefined
  try {
    file = openSync(`/proc/${pid}/exe`, 'r')
    const value = symbolIn(file, name)
    return value === undefined ? undefined : value.address + (value.fixed ? 0n : baseOf(pid))
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function symbolIn(file: number, name: string): { address: bigint; fixed: boolean } | undefined {
  if (!fstatSync(file).isFile()) return undefined
  const header = part(file, 0, 64)
  if (header.readUInt32LE(0) !== ELF_MAGIC || header[4] !== 2 || header[5] !== 1) return undefined
  const sections = sectionsOf(file, header)
  const table = sections.find(({ type }) => type === SYMBOLS)
  const strings = sections[table?.link ?? -1]
  if (table === undefined || strings === undefined) return undefined
  const names = new Set(placesOf(file, strings, name))
  if (names.size === 0) return undefined
  for (const { bytes } of chunksOf(file, table, 0))
    for (let at = 0; at + SYMBOL_SIZE <= bytes.length; at += SYMBOL_SIZE)
      if (names.has(bytes.readUInt32LE(at)))
        return { address: bytes.readBigUInt64LE(at + 8), fixed: header.readUInt16LE(16) === EXECUTABLE }
  return undefined
}

/**
 * Finds the places of a name in a table of strings. A compiler may put a number after the name of what
 * is static.
 */
function* placesOf(file: number, strings: Section, name: string): Iterable<number> {
  let found = 0
  for (const { start, bytes } of chunksOf(file, strings, name.length)) {
    for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
      const after = bytes[at + name.length]
      if (after !== 0 && after !== DOT) continue
      if (++found > MAX_PLACES) throw new Error('there are too many')
      yield start + at
    }
  }
}

/** The parts of a table, one after another, each with so many bytes more than its own at the end. */
function* chunksOf(
  file: number,
  { offset, size }: Section,
  more: number
): Iterable<{ start: number; bytes: Buffer }> {
  if (size > MAX_TABLE) throw new Error('the table is too long')
  const deadline = performance.now() + MAX_TIME
  for (let start = 0; start < size; start += CHUNK) {
    if (performance.now() > deadline) throw new Error('it takes too long')
    yield { start, bytes: part(file, offset + start, Math.min(CHUNK + more + 1, size - start)) }
  }
}

function sectionsOf(file: number, header: Buffer): Section[] {
  const count = header.readUInt16LE(60)
  if (header.readUInt16LE(58) !== SECTION_SIZE || count > MAX_SECTIONS) return []
  const bytes = part(file, Number(header.readBigUInt64LE(40)), count * SECTION_SIZE)
  return Array.from({ length: count }, (_, index) => {
    const at = index * SECTION_SIZE
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40)
    }
  })
}

/** @throws Error for a part that is not in the file */
function part(file: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  if (readSync(file, bytes, 0, size, offset) !== size) throw new Error('the file ends before')
  return bytes
}

/** The address at which the program's file begins in the process's memory. */
function baseOf(pid: number): bigint {
  const [, start] = /^([0-9a-f]+)-\S+ \S+ 0+ /m.exec(readProc(pid, 'maps') ?? '') ?? []
  if (start === undefined) throw new Error('nothing is mapped')
  return BigInt(`0x${start}`)
}
