// Node's spec report, with tables before its summary: of each release of a
// framework, and of each Node, the tests that pass of each group.
import { spec as Spec } from 'node:test/reporters'

const TABLES = [
  {
    title: 'by release and group',
    // A suite such as `responses, on express 5.3.0`.
    suite:
      /^(?<group>.+?)(?: \(rule \d+\))?, on (?<row>(?:express|router|connect) .+?)(?: (?<how>under bpftrace|through the channels))?(?:, with bpftrace .+)?$/
  },
  {
    title: 'by release of bpftrace and command',
    // A suite such as `latency, with bpftrace 0.17.0`.
    suite: /^(?<group>.+?)(?:,? on .+?)?(?:,? under \S+)?, with (?<row>bpftrace .+?)$/
  },
  {
    title: 'by Node with addon, and module system',
    // A suite such as `require, traced, on node 20.20.2 linux-x64, prebuilt addon`.
    suite: /^(?<group>.+?), on (?<row>(?:node|musl) .+?)$/
  }
]

export default async function* report(source) {
  const spec = new Spec()
  const tables = TABLES.map(({ title, suite }) => new Table(title, suite))
  let summarised = false
  for await (const event of source) {
    for (const table of tables) table.note(event)
    if (!summarised && event.type === 'test:diagnostic' && /^tests \d/.test(event.data.message)) {
      summarised = true
      for (const table of tables) yield table.print()
    }
    spec.write(event)
    yield spec.read() ?? ''
  }
  spec.end()
  for await (const rest of spec) yield rest
}

class Table {
  #title
  #suite
  #cells = new Map()
  #groups = []
  #tests = []

  constructor(title, suite) {
    this.#title = title
    this.#suite = suite
  }

  note({ type, data }) {
    if (type !== 'test:pass' && type !== 'test:fail') return
    if (data.nesting === 1) {
      this.#tests.push(data.skip === undefined ? type : 'skipped')
    } else if (data.nesting === 0) {
      const { group, row, how } = this.#suite.exec(data.name)?.groups ?? {}
      if (row !== undefined)
        this.#add(row, how ? `${group} ${how}` : group, this.#tests.length > 0 ? this.#tests : ['skipped'])
      this.#tests = []
    }
  }

  #add(row, group, tests) {
    if (!this.#groups.includes(group)) this.#groups.push(group)
    const cells = this.#cells.get(row) ?? new Map()
    cells.set(group, [...(cells.get(group) ?? []), ...tests])
    this.#cells.set(row, cells)
  }

  print() {
    if (this.#cells.size === 0) return ''
    const legend = this.#groups.map((group, index) => `${String.fromCharCode(65 + index)}  ${group}`)
    const width = Math.max(...[...this.#cells.keys()].map((row) => row.length))
    const header = `${''.padEnd(width)} ${this.#groups.map((_, index) => String.fromCharCode(65 + index).padStart(7)).join('')}`
    const rows = [...this.#cells].sort().map(([row, cells]) => {
      const columns = this.#groups.map((group) => cell(cells.get(group)).padStart(7))
      return `${row.padEnd(width)} ${columns.join('')}`
    })
    return ['', `Tests that passed, of all, ${this.#title}:`, ...legend, '', header, ...rows, '', ''].join(
      '\n'
    )
  }
}

function cell(tests) {
  if (tests === undefined) return '-'
  if (tests.every((test) => test === 'skipped')) return 'skip'
  return `${tests.filter((test) => test === 'test:pass').length}/${tests.length}`
}
