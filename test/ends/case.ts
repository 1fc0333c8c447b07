import fc from 'fast-check'

/** The ways in which a response is framed: HTTP's own ways to tell a client where it ends (RFC 9112, 6.3). */
export const FRAMINGS = ['length', 'chunked', 'close'] as const

/** The ways in which the app ends it, after the last part has been written. */
export const ENDS = ['end', 'end later', 'never', 'destroy', 'destroy later'] as const

/** One request, and how its response ends. */
export interface End {
  framework: 'express' | 'express-4' | 'connect'
  tls: boolean
  method: 'GET' | 'HEAD' | 'POST'
  version: '1.0' | '1.1'
  /** The client asks for the connection to be closed after the response. */
  close: boolean
  expect: boolean
  status: 200 | 201 | 204 | 304 | 404 | 500
  framing: (typeof FRAMINGS)[number]
  /** Sizes of what the app writes at a time; after each it waits until the client has received it. */
  parts: number[]
  /** Bytes that the length promises beyond the parts. */
  missing: number
  end: (typeof ENDS)[number]
  /**
   * The number of parts after which the client leaves; null for one that waits for the end of the response.
   */
  leavesAfter: number | null
  /** Whether the client leaves by a reset, in place of an orderly close. */
  reset: boolean
  /** Requests that the same connection has had before. */
  before: number
}

export function ends(framework: End['framework']): fc.Arbitrary<End> {
  return fc
    .record<End>({
      framework: fc.constant(framework),
      tls: fc.boolean(),
      method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST'),
      version: fc.constantFrom('1.1', '1.1', '1.0'),
      close: fc.boolean(),
      expect: fc.boolean(),
      status: fc.constantFrom(200, 200, 201, 204, 304, 404, 500),
      framing: fc.constantFrom(...FRAMINGS),
      parts: fc.array(fc.constantFrom(1, 5, 1000, 20_000, 100_000), { maxLength: 3 }),
      missing: fc.constantFrom(0, 0, 0, 1, 10),
      end: fc.constantFrom(...ENDS),
      leavesAfter: fc.option(fc.nat(3)),
      reset: fc.boolean(),
      before: fc.nat(2)
    })
    .map(sensible)
}

/** Leaves out what no server can do, or of which nobody can tell how it ends. */
function sensible(one: End): End {
  const bodiless = one.method === 'HEAD' || one.status === 204 || one.status === 304
  const version = one.framing === 'chunked' ? '1.1' : one.version
  const missing = one.framing === 'length' && !bodiless ? one.missing : 0
  // The client of a response that is short of its length would wait for the rest.
  const close = one.framing === 'close' || version === '1.0' || missing > 0 || one.close
  // A response that never ends, to a client that waits for ever.
  const waits = one.leavesAfter === null && one.end === 'never'
  return {
    ...one,
    version,
    close,
    expect: one.expect && one.method === 'POST' && version === '1.1',
    missing,
    leavesAfter: waits
      ? one.parts.length
      : one.leavesAfter === null
        ? null
        : Math.min(one.leavesAfter, one.parts.length),
    // What is on its way when a connection is reset may arrive or not.
    reset: one.reset && !one.tls
  }
}
