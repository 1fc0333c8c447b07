import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const LIB = path.join(__dirname, '..', '..', 'lib')

/** The files of lib/ that each file of it imports, types included. */
function imports(): Map<string, string[]> {
  const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const relative = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*'(\.[^']*)'/g
  return new Map(
    files.map((file) => {
      const text = readFileSync(path.join(LIB, file), 'utf8')
      const found = [...text.matchAll(relative)].map(
        ([, name]) => `${path.join(path.dirname(file), name as string)}.ts`
      )
      return [file, found.filter((name) => files.includes(name))]
    })
  )
}

/** One circle of imports, such as `['a.ts', 'b.ts', 'a.ts']`; undefined if there is none. */
function circleIn(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  function from(file: string, way: string[]): string[] | undefined {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of graph.get(file) ?? []) {
      const circle = from(next, [...way, file])
      if (circle !== undefined) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of graph.keys()) {
    const circle = from(file, [])
    if (circle !== undefined) return circle
  }
  return undefined
}

/** The files of one folder that import from another. */
function importersOf(graph: Map<string, string[]>, folder: string, from: string): string[] {
  const imports = (file: string) => (graph.get(file) ?? []).some((name) => name.startsWith(`${from}/`))
  return [...graph.keys()].filter((file) => file.startsWith(`${folder}/`) && imports(file))
}

describe('imports in lib/', () => {
  const graph = imports()

  it('are found', () => {
    assert.ok(graph.size > 100)
    assert.ok(graph.get('runtime.ts')?.includes('routing/routing.ts'))
    assert.ok(graph.get('index.ts')?.includes('runtime.ts'))
  })

  it('make no circle', () => {
    assert.deepEqual(circleIn(new Map([...graph, ['options.ts', ['index.ts']]])) ?? [], [
      'index.ts',
      'options.ts',
      'index.ts'
    ])
    assert.equal(circleIn(graph)?.join(' > '), undefined)
  })

  it('go from routing to trace to provider, and from nowhere in the app to the command', () => {
    assert.deepEqual(importersOf(graph, 'provider', 'trace'), [])
    assert.deepEqual(importersOf(graph, 'provider', 'routing'), [])
    assert.deepEqual(importersOf(graph, 'trace', 'routing'), [])
    for (const folder of ['provider', 'trace', 'routing', 'figures', 'aggregate', 'metrics'])
      assert.deepEqual(importersOf(graph, folder, 'cli'), [], folder)
  })
})
