import assert from 'node:assert/strict'

/** The error that is found in a case. */
export class Finding extends Error {
  /** Findings of one kind are supposed to have one cause. */
  readonly kind: string

  constructor(kind: string, details: string) {
    super(`${kind}: ${details}`)
    this.kind = kind
  }
}

/** @throws Finding unless the condition holds */
export function must(condition: boolean, kind: string, details: () => string): asserts condition {
  if (!condition) throw new Finding(kind, details())
}

/** @throws Finding with the difference */
export function mustEqual(actual: unknown, expected: unknown, kind: string, about: string): void {
  found(kind, about, () => assert.deepEqual(actual, expected))
}

/** @throws Finding where an assertion fails */
export function found(kind: string, about: string, assertion: () => void): void {
  try {
    assertion()
  } catch (error) {
    throw new Finding(kind, `${about}\n${(error as Error).message}`)
  }
}
