// Node's spec report, with a table before its summary: of each release of a
// framework, the tests that pass of each group of shapes.
import { spec as Spec } from 'node:test/reporters'

/** A suite's name, such as `responses, on express 5.3.0`. */
const GROUP_AND_RELEASE =
  /^(.+?)(?: \(rule \d+\))?, on ((?:express|router|connect) .+?)(?: (under bpftrace|through the channels))?$/

export default async function* report(source) {
  const spec = new Spec()
  const table = new Table()
  let summarised = false
  for await (const event of source) {
    table.note(event)
    if (!summarised && event.type === 'test:diagnostic' && /^tests \d/.test(event.data.message)) {
      summarised = true
      yield table.print()
    }
    spec.write(event)
    yield spec.read() ?? ''
  }
  spec.end()
  for await (const rest of spec) yield rest
}

class Table {
  #cells = new Map()
  #groups = []
  #tests = []

  note({ type, data }) {
    if (type !== 'test:pass' && type !== 'test:fail') return
    if (data.nesting === 1) {
      this.#tests.push(data.skip === undefined ? type : 'skipped')
    } else if (data.nesting === 0) {
      const [, group, release, how] = GROUP_AND_RELEASE.exec(data.name) ?? []
      if (release !== undefined) this.#add(release, how ? `${group} ${how}` : group, this.#tests)
      this.#tests = []
    }
  }

  #add(release, group, tests) {
    if (!this.#groups.includes(group)) this.#groups.push(group)
    const row = this.#cells.get(release) ?? new Map()
    row.set(group, [...(row.get(group) ?? []), ...tests])
    this.#cells.set(release, row)
  }

  print() {
    if (this.#cells.size === 0) return ''
    const legend = this.#groups.map((group, index) => `${String.fromCharCode(65 + index)}  ${group}`)
    const width = Math.max(...[...this.#cells.keys()].map((release) => release.length))
    const header = `${''.padEnd(width)} ${this.#groups.map((_, index) => String.fromCharCode(65 + index).padStart(7)).join('')}`
    const rows = [...this.#cells].sort().map(([release, row]) => {
      const cells = this.#groups.map((group) => cell(row.get(group)).padStart(7))
      return `${release.padEnd(width)} ${cells.join('')}`
    })
    return [
      '',
      'Tests that passed, of all, by release and group:',
      ...legend,
      '',
      header,
      ...rows,
      '',
      ''
    ].join('\n')
  }
}

function cell(tests) {
  if (tests === undefined) return '-'
  if (tests.every((test) => test === 'skipped')) return 'skip'
  return `${tests.filter((test) => test === 'test:pass').length}/${tests.length}`
}
