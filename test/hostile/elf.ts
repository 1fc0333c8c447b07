/** Files that are no addons, or nearly: each was once enough to hang the command, or what it starts. */

const HEADER = 64
const SECTION = 64

/** An ELF file with a section of notes of these bytes. */
export function withNotes(notes: Buffer): Buffer {
  const names = Buffer.from('\0.note.stapsdt\0.shstrtab\0')
  const sections = HEADER + notes.length + names.length
  return Buffer.concat([
    header(sections, 3, 2),
    notes,
    names,
    section(0, 0, 0),
    section(1, HEADER, notes.length),
    section(15, HEADER + notes.length, names.length)
  ])
}

function header(sections: number, count: number, names: number): Buffer {
  const bytes = Buffer.alloc(HEADER)
  bytes.write('\x7fELF\x02\x01\x01', 'latin1')
  bytes.writeUInt16LE(3, 0x10)
  bytes.writeUInt16LE(62, 0x12)
  bytes.writeBigUInt64LE(BigInt(sections), 0x28)
  bytes.writeUInt16LE(HEADER, 0x34)
  bytes.writeUInt16LE(56, 0x36)
  bytes.writeUInt16LE(SECTION, 0x3a)
  bytes.writeUInt16LE(count, 0x3c)
  bytes.writeUInt16LE(names, 0x3e)
  return bytes
}

function section(name: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(SECTION)
  bytes.writeUInt32LE(name, 0)
  bytes.writeUInt32LE(7, 4)
  bytes.writeBigUInt64LE(BigInt(offset), 0x18)
  bytes.writeBigUInt64LE(BigInt(size), 0x20)
  return bytes
}

/** A note that says that the next one is where it itself is. */
export function endlessNotes(): Buffer {
  const note = Buffer.alloc(64)
  note.writeUInt32LE(0, 0)
  note.writeUInt32LE(0xfffffff4, 4)
  note.writeUInt32LE(3, 8)
  return withNotes(note)
}

/** Makes as many sections as there can be, which all have one name of 30 MB. */
export function manySections(): Buffer {
  const count = 65_535
  const name = Buffer.alloc(30 * 1024 * 1024, 'a')
  const sections = HEADER + name.length
  const table = Buffer.alloc(count * SECTION)
  section(0, HEADER, name.length).copy(table)
  return Buffer.concat([header(sections, count, 0), name, table])
}

/** Another text of the same length in a file, such as a probe's arguments. */
export function replaced(file: Buffer, text: string, by: string): Buffer {
  const copy = Buffer.from(file)
  const at = copy.indexOf(text)
  if (at === -1 || text.length !== by.length) throw new Error(`${text} can't be replaced by ${by}`)
  copy.write(by, at, 'latin1')
  return copy
}
