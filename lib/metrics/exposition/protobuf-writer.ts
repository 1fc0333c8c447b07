const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2

/** No length of ours has more digits to the base of 128. */
const LENGTH_ROOM = 5

/** Writes messages of Protocol Buffers. */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(65_536)
  #end = 0

  /** All that was written. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end)
  }

  /** A message with its length before it, and no field: an element of a stream. */
  delimited(write: () => void): void {
    const begin = this.#end
    this.#reserve(LENGTH_ROOM)
    this.#end += LENGTH_ROOM
    write()
    const length = this.#end - begin - LENGTH_ROOM
    const end = this.#end
    this.#end = begin
    this.#varint(length)
    // Its length took less room than was left for it.
    this.#buffer.copyWithin(this.#end, begin + LENGTH_ROOM, end)
    this.#end += length
  }

  message(field: number, write: () => void): void {
    this.#tag(field, LENGTH_DELIMITED)
    this.delimited(write)
  }

  string(field: number, text: string): void {
    const length = Buffer.byteLength(text)
    this.#tag(field, LENGTH_DELIMITED)
    this.#varint(length)
    this.#reserve(length)
    this.#end += this.#buffer.write(text, this.#end)
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64)
    this.#reserve(8)
    this.#end = this.#buffer.writeDoubleLE(value, this.#end)
  }

  /** A whole number of zero or above, in eight bytes. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64)
    this.#reserve(8)
    this.#end = this.#buffer.writeBigUInt64LE(value, this.#end)
  }

  /** A whole number of zero or above. */
  uint(field: number, value: number): void {
    this.#tag(field, VARINT)
    this.#varint(value)
  }

  /** A whole number that may be below zero. */
  sint(field: number, value: number): void {
    this.#tag(field, VARINT)
    this.#varint(zigzag(value))
  }

  packedUints(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.#varint(value)
    })
  }

  packedSints(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.#varint(zigzag(value))
    })
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type)
  }

  #varint(value: number): void {
    this.#reserve(10)
    let rest = value
    // Counts exceed the 32 bits of bitwise operators.
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[this.#end++] = (rest % 128) + 128
    this.#buffer[this.#end++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#end + bytes))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}
