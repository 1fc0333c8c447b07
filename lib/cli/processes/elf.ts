/** A USDT probe as an ELF note describes it. */
export interface ProbeNote {
  provider: string
  name: string
  /** Address of its semaphore before the file is loaded; 0n if it has none. */
  semaphore: bigint
}

const ELF_MAGIC = 0x464c457f
const NOTE_TYPE = 3
const NOTE_OWNER = 'stapsdt'

/** The probes of a 64-bit little-endian ELF file: those of x86-64 and aarch64. */
export function probesIn(file: Buffer): ProbeNote[] {
  if (file.length < 64 || file.readUInt32LE(0) !== ELF_MAGIC || file[4] !== 2 || file[5] !== 1) return []
  const sections = Number(file.readBigUInt64LE(0x28))
  const size = file.readUInt16LE(0x3a)
  const section = (index: number) => {
    const at = sections + index * size
    return {
      name: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      size: Number(file.readBigUInt64LE(at + 0x20))
    }
  }
  const names = section(file.readUInt16LE(0x3e))
  for (let index = 0; index < file.readUInt16LE(0x3c); index++) {
    const { name, offset, size: length } = section(index)
    if (text(file, names.offset + name) === '.note.stapsdt')
      return notesIn(file.subarray(offset, offset + length))
  }
  return []
}

function notesIn(notes: Buffer): ProbeNote[] {
  const found: ProbeNote[] = []
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = notes.readUInt32LE(at)
    const size = notes.readUInt32LE(at + 4)
    const type = notes.readUInt32LE(at + 8)
    const description = at + 12 + aligned(nameSize)
    if (type === NOTE_TYPE && text(notes, at + 12) === NOTE_OWNER) {
      const provider = text(notes, description + 24)
      const name = text(notes, description + 24 + provider.length + 1)
      found.push({ provider, name, semaphore: notes.readBigUInt64LE(description + 16) })
    }
    at = description + aligned(size)
  }
  return found
}

function aligned(size: number): number {
  return (size + 3) & ~3
}

function text(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start, bytes.indexOf(0, start))
}
