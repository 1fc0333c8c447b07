import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const LIB = path.join(__dirname, '..', '..', 'lib')

describe('types and classes of lib/', () => {
  /** An entry point's options, and what it shows of the types of other files, are called the same for its users. */
  const ENTRIES = [
    'index.ts',
    'index.mts',
    'prometheus.ts',
    'prometheus.mts',
    'opentelemetry.ts',
    'opentelemetry.mts'
  ]

  /** The files that export a type or a class, by its name. */
  function declarations(): Map<string, string[]> {
    const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    const found = new Map<string, string[]>()
    for (const file of files.filter((name) => /\.m?ts$/.test(name) && !ENTRIES.includes(name))) {
      const text = readFileSync(path.join(LIB, file), 'utf8')
      for (const [, name] of text.matchAll(/^export (?:abstract )?(?:class|interface|type) (\w+)/gm))
        found.set(name as string, [...(found.get(name as string) ?? []), file])
    }
    return found
  }

  it('have one meaning each: none that a file exports is called as one of another file', () => {
    const found = declarations()
    assert.ok(found.size > 200, `only ${found.size} were found`)
    assert.deepEqual(
      [...found].filter(([, files]) => files.length > 1),
      []
    )
  })
})
