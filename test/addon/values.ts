import fc from 'fast-check'

/** Lengths on both sides of where the addon's buffers grow, are kept, and are given back. */
const LENGTHS = [0, 1, 63, 255, 256, 257, 1024, 65_535, 65_536, 699_050, 1_048_575, 1_048_576, 1_600_000]

const lone = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit))

const characters = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.constantFrom('\0', 'a\0b', 'é', '€', '😀', '%s%n', '"\\'),
  lone
)

const long = fc
  .tuple(characters, fc.constantFrom(...LENGTHS))
  .map(([text, length]) => text.repeat(Math.ceil(length / text.length)))

/** Strings that V8 keeps in parts, or as a piece of another. */
const inParts = fc.tuple(long, long).map(([first, second]) => `${first}${second}`.slice(1))

const strings = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 10, arbitrary: fc.array(fc.oneof(characters, lone)).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: inParts }
)

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const throwing = () => {
  throw new Error('asked')
}

const hostile = fc.constantFrom<() => unknown>(
  revoked,
  () => new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing }),
  () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  () => Symbol('odd'),
  () => Object('a string object'),
  () => throwing,
  () => globalThis,
  () => new SharedArrayBuffer(8),
  () => new WeakRef({}),
  () => -0,
  () => Number.NaN,
  () => 2 ** 32,
  () => -(2 ** 31)
)

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true
})

const kept = <T>(arbitrary: fc.Arbitrary<T>) => arbitrary.map((value) => () => value as unknown)

/**
 * Makes anything that a program can pass; more often what a function takes. Not
 * the value itself, as fast-check asks values what they are.
 */
export const makers = fc.oneof(
  { weight: 6, arbitrary: kept(strings) },
  { weight: 2, arbitrary: kept(fc.integer({ min: -6, max: 6 })) },
  { weight: 1, arbitrary: hostile },
  { weight: 1, arbitrary: kept(anything) }
)

/** A slot of the frame: a name's number, a scratch name's, or neither. */
export const slots = fc.oneof(
  fc.integer({ min: -8, max: 300 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 65_535, 65_536)
)
