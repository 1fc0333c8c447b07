import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { NativeAddon } from '../../dist/provider/usdt'
import { makers, slots } from './values'

const FUNCTIONS = [
  'intern',
  'scratch',
  'reserveIds',
  'enabled',
  'routeStart',
  'handlerStart',
  'handlerDone',
  'routeDone'
] as const

const isInt = (value: unknown, from: number) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) < 2 ** 31

/** The checks of what each function gives back, whatever it was given. */
const RESULTS: Record<(typeof FUNCTIONS)[number], (result: unknown) => boolean> = {
  intern: (result) => isInt(result, -1) && (result as number) < 65_536,
  scratch: (result) => result === undefined,
  reserveIds: (result) => isInt(result, 0) && (result as number) % 256 === 0,
  enabled: (result) => result === 0,
  routeStart: (result) => result === undefined,
  handlerStart: (result) => result === undefined,
  handlerDone: (result) => result === undefined,
  routeDone: (result) => result === undefined
}

/** The number of slots in the frame, as in lib/provider/usdt.ts. */
const FRAME_SLOTS = 9

const calls = fc.record({
  name: fc.constantFrom(...FUNCTIONS),
  args: fc.array(makers, { maxLength: 4 }),
  receiver: makers,
  constructs: fc.boolean(),
  frame: fc.array(slots, { minLength: FRAME_SLOTS, maxLength: FRAME_SLOTS })
})

/** Calls the addon so often. */
export function callWithAnything(addon: NativeAddon, count: number, seed: number): void {
  const frame = new Int32Array(addon.frame)
  const property = fc.property(calls, ({ name, args, receiver, constructs, frame: numbers }) => {
    frame.set(numbers)
    const values = args.map((make) => make())
    const result: unknown = Reflect.apply(addon[name], receiver(), values)
    assert.ok(RESULTS[name](result), `${name} gave ${String(result)}`)
    if (constructs) Reflect.construct(addon[name], values)
  })
  fc.assert(property, { numRuns: count, seed, endOnFailure: true })
}

/** More names than the addon keeps. */
export function internTooMany(addon: NativeAddon): void {
  let token = 0
  for (let i = 0; i < 70_000; i++) token = addon.intern(`name ${i}`)
  assert.equal(token, -1)
  addon.handlerStart()
}
