// The tests of test/tracer once more for each newer bpftrace that .ci/tracers has put beside this system's own.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const FOLDER = process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes'
/** The suites of Debian 13 and of Debian testing, as .ci/tracers names them. */
const SUITES = ['trixie', 'forky']
/** These read the addon without bpftrace, or attach with it what the other tests attach too. */
const ONCE = ['tools.test.js']

/** Writes a test file for each suite and file of test/tracer that puts that suite's bpftrace first. */
export function writeTestsOfSuites() {
  const tests = 'build/test'
  for (const suite of SUITES) {
    const folder = path.join(tests, suite)
    rmSync(folder, { recursive: true, force: true })
    const tracers = path.join(FOLDER, suite, 'tracers')
    if (!existsSync(path.join(tracers, 'bpftrace'))) {
      missing(suite)
      continue
    }
    mkdirSync(folder)
    for (const file of readdirSync(path.join(tests, 'tracer'))) {
      if (file.endsWith('.test.js') && !ONCE.includes(file))
        writeFileSync(path.join(folder, file), wrapper(tracers, `../tracer/${file}`))
    }
  }
}

function wrapper(tracers, file) {
  return `process.env.PATH = ${JSON.stringify(`${tracers}:`)} + process.env.PATH
process.env.RESTIFY_PROBES_FRAMEWORKS = 'newest'
require(${JSON.stringify(file)})
`
}

function missing(suite) {
  const problem = `the bpftrace of Debian's ${suite} is not in ${FOLDER}; .ci/tracers puts it there`
  if (process.env.RESTIFY_PROBES_TRACER === 'required') {
    console.error(`No test may be skipped here, but ${problem}`)
    process.exit(1)
  }
  console.log(`Skipped with another bpftrace than this system's: ${problem}`)
}
