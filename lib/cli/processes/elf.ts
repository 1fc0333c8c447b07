import { PROBE_NAMES } from '../../provider/probes'

const PROVIDER = 'restify'

/** The probes' names as C symbols: every Linux provider spells them so. */
const NAMES = PROBE_NAMES.map((name) => name.replace('-', '__')).sort()

/** A probe of the addon as an ELF note describes it. */
export interface ProbeNote {
  name: string
  /** Address of its semaphore before the file is loaded. */
  semaphore: bigint
  /** The number of its arguments. */
  arguments: number
}

/** Reads so many bytes of a file from there on; undefined where it has fewer. */
export interface Readable {
  readonly size: number
  read(offset: number, length: number): Buffer | undefined
}

/** The reason why a file is not one of the addon's: nobody knows what a tracer would make of it. */
export class NoAddon {
  constructor(readonly reason: string) {}
}

/** The largest file that is read, here or by a tracer, in bytes: many times what the addon has. */
const MAX_FILE = 16 * 1024 * 1024
const MAX_SECTIONS = 256
const MAX_SEGMENTS = 64
const MAX_NAMES = 64 * 1024
const MAX_NOTES = 64 * 1024
const MAX_ARGUMENTS = 512

const HEADER = 64
const SECTION = 64
const SEGMENT = 56
const ELF_MAGIC = 0x464c457f
const BITS_64 = 2
const LITTLE_ENDIAN = 1
const LOADED = 1
const EXECUTABLE = 1
const WRITABLE = 2

const NOTES_SECTION = '.note.stapsdt'
const BASE_SECTION = '.stapsdt.base'
const NOTE_TYPE = 3
const NOTE_OWNER = 'stapsdt\0'
/** Three addresses, before the three strings. */
const ADDRESSES = 24

/** The two machines that the addon is built for, and how each spells a probe's place and arguments. */
const MACHINES: Record<number, { nop: Buffer; argument: RegExp } | undefined> = (() => {
  const x86 =
    '%(?:r(?:[abcd]x|[sd]i|[sb]p|(?:8|9|1[0-5])[dwb]?)|e(?:[abcd]x|[sd]i|[sb]p)|[abcd][xlh]|[sd]il?|[sb]pl?)'
  const arm = '(?:[xw](?:[12]?\\d|30)|sp)'
  const number = '-?\\d{1,10}'
  const sized = (place: string) => new RegExp(`^-?[1248]@(?:${place})$`)
  return {
    62: { nop: Buffer.of(0x90), argument: sized(`${x86}|(?:${number})?\\(${x86}\\)|\\$${number}`) },
    183: {
      nop: Buffer.of(0x1f, 0x20, 0x03, 0xd5),
      argument: sized(`${arm}|\\[${arm}(?:, ?${number})?\\]|${number}`)
    }
  }
})()

interface Section {
  name: string
  address: bigint
  offset: number
  size: number
}

interface Segment {
  flags: number
  offset: number
  address: bigint
  size: number
}

/**
 * The four probes of a file that is an addon of ours in every part that a tracer reads: one note for each
 * probe and no others, with arguments in places that the machine has, a nop where the note points, and a
 * semaphore in memory that is loaded. Whoever runs the process may have written the file.
 */
export function probesIn(file: Readable): ProbeNote[] | NoAddon {
  try {
    return readProbes(file)
  } catch (error) {
    if (error instanceof NoAddon) return error
    throw error
  }
}

function readProbes(file: Readable): ProbeNote[] {
  if (file.size > MAX_FILE) throw new NoAddon(`it has ${file.size} bytes`)
  const header = file.read(0, HEADER)
  if (header === undefined || header.readUInt32LE(0) !== ELF_MAGIC) throw new NoAddon('it is no ELF file')
  const machine = MACHINES[header.readUInt16LE(0x12)]
  if (header[4] !== BITS_64 || header[5] !== LITTLE_ENDIAN || machine === undefined)
    throw new NoAddon('it is built for another machine')
  const sections = sectionsOf(file, header)
  const segments = segmentsOf(file, header)
  const [notes, another] = sections.filter(({ name }) => name === NOTES_SECTION)
  if (notes === undefined || another !== undefined || notes.size > MAX_NOTES)
    throw new NoAddon('it has no notes of probes, or too many')
  const bytes = file.read(notes.offset, notes.size)
  if (bytes === undefined) throw new NoAddon('its notes are cut')
  const base = sections.find(({ name }) => name === BASE_SECTION)?.address
  const probes = notesIn(bytes).map((note) => {
    if (base !== undefined && note.base !== base) throw new NoAddon(`probe ${note.name} was moved`)
    const { place } = note
    const code = placeOf(segments, place, machine.nop.length, EXECUTABLE)
    if (code === undefined || !file.read(code, machine.nop.length)?.equals(machine.nop))
      throw new NoAddon(`probe ${note.name} points to no place for a probe`)
    if (placeOf(segments, note.semaphore, 2, WRITABLE) === undefined)
      throw new NoAddon(`probe ${note.name} has no semaphore`)
    for (const argument of note.arguments)
      if (!machine.argument.test(argument)) throw new NoAddon(`probe ${note.name} has arguments of its own`)
    return { name: note.name, semaphore: note.semaphore, arguments: note.arguments.length }
  })
  const names = probes.map(({ name }) => name).sort()
  if (names.join() !== NAMES.join()) throw new NoAddon('it does not have the four probes')
  return probes
}

function sectionsOf(file: Readable, header: Buffer): Section[] {
  const count = header.readUInt16LE(0x3c)
  const namesIndex = header.readUInt16LE(0x3e)
  if (header.readUInt16LE(0x3a) !== SECTION || count > MAX_SECTIONS || namesIndex >= count)
    throw new NoAddon('its sections are not those of an addon')
  const table = file.read(Number(header.readBigUInt64LE(0x28)), count * SECTION)
  if (table === undefined) throw new NoAddon('its sections are cut')
  const entries = Array.from({ length: count }, (_, index) => {
    const entry = table.subarray(index * SECTION)
    return {
      name: entry.readUInt32LE(0),
      address: entry.readBigUInt64LE(0x10),
      offset: Number(entry.readBigUInt64LE(0x18)),
      size: Number(entry.readBigUInt64LE(0x20))
    }
  })
  const { offset, size } = entries[namesIndex] as { offset: number; size: number }
  const names = size <= MAX_NAMES ? file.read(offset, size) : undefined
  if (names === undefined) throw new NoAddon('its sections have no names')
  return entries.map((entry) => ({ ...entry, name: shortText(names, entry.name) }))
}

function segmentsOf(file: Readable, header: Buffer): Segment[] {
  const count = header.readUInt16LE(0x38)
  if (header.readUInt16LE(0x36) !== SEGMENT || count > MAX_SEGMENTS)
    throw new NoAddon('its segments are not those of an addon')
  const table = file.read(Number(header.readBigUInt64LE(0x20)), count * SEGMENT)
  if (table === undefined) throw new NoAddon('its segments are cut')
  return Array.from({ length: count }, (_, index) => table.subarray(index * SEGMENT, (index + 1) * SEGMENT))
    .filter((entry) => entry.readUInt32LE(0) === LOADED)
    .map((entry) => ({
      flags: entry.readUInt32LE(4),
      offset: Number(entry.readBigUInt64LE(8)),
      address: entry.readBigUInt64LE(0x10),
      size: Number(entry.readBigUInt64LE(0x20))
    }))
}

/** Finds the bytes of an address in the file, in a segment with such a flag. */
function placeOf(segments: Segment[], address: bigint, length: number, flag: number): number | undefined {
  const segment = segments.find(
    (each) => address >= each.address && address < each.address + BigInt(each.size)
  )
  if (segment === undefined || (segment.flags & flag) === 0) return undefined
  const within = Number(address - segment.address)
  return within + length <= segment.size ? segment.offset + within : undefined
}

interface Note {
  name: string
  place: bigint
  base: bigint
  semaphore: bigint
  arguments: string[]
}

function notesIn(bytes: Buffer): Note[] {
  const found: Note[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 12 + NOTE_OWNER.length > bytes.length || found.length === NAMES.length)
      throw new NoAddon('its notes are not those of the four probes')
    const nameSize = bytes.readUInt32LE(at)
    const size = bytes.readUInt32LE(at + 4)
    const type = bytes.readUInt32LE(at + 8)
    const start = at + 12 + NOTE_OWNER.length
    const owner = bytes.toString('latin1', at + 12, start)
    if (nameSize !== NOTE_OWNER.length || type !== NOTE_TYPE || owner !== NOTE_OWNER)
      throw new NoAddon("it has others' notes")
    if (size < ADDRESSES || start + size > bytes.length) throw new NoAddon('its notes are cut')
    found.push(noteOf(bytes.subarray(start, start + size)))
    at = start + ((size + 3) & ~3)
  }
  return found
}

function noteOf(description: Buffer): Note {
  const texts = description.toString('latin1', ADDRESSES).split('\0')
  const [provider, name, args, end] = texts
  if (texts.length !== 4 || end !== '' || provider !== PROVIDER || name === undefined || args === undefined)
    throw new NoAddon("it has another provider's notes")
  if (!NAMES.includes(name)) throw new NoAddon('it has a probe that is not ours')
  if (args.length > MAX_ARGUMENTS) throw new NoAddon(`probe ${name} has arguments of its own`)
  return {
    name,
    place: description.readBigUInt64LE(0),
    base: description.readBigUInt64LE(8),
    semaphore: description.readBigUInt64LE(16),
    // A place of two parts has a space behind its comma.
    arguments: args.split(/(?<!,) /)
  }
}

/** A name as long as those that are looked for, at most. */
function shortText(bytes: Buffer, start: number): string {
  const part = bytes.subarray(start, start + 16)
  const end = part.indexOf(0)
  return part.toString('latin1', 0, end === -1 ? part.length : end)
}
