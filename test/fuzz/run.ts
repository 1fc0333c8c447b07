// Checks as many cases as it is told, or for as long; prints the smallest that
// fails, and how to check it again.
process.env.NODE_ENV = 'test'

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { cases } from './arbitraries'
import { Checker } from './check'
import { Finding } from './finding'
import { type Case, FRAMEWORKS, type Framework } from './model'
import { reduce } from './reduce'

interface Options {
  seed: number
  cases: number
  minutes: number | undefined
  path: string | undefined
}

/** @returns whether no case failed */
async function fuzz(
  framework: Framework,
  { seed, cases: numRuns, minutes, path }: Options
): Promise<boolean> {
  const checker = await Checker.start(framework)
  const begun = performance.now()
  const result = await fc.check(
    fc.asyncProperty(cases(framework), (played) => checker.check(played)),
    {
      seed,
      numRuns: minutes === undefined ? numRuns : Number.MAX_SAFE_INTEGER,
      ...(minutes === undefined ? {} : { interruptAfterTimeLimit: minutes * 60_000 }),
      ...(path === undefined ? {} : { path })
    }
  )
  const seconds = (performance.now() - begun) / 1000
  if (result.counterexample === null) {
    const rate = `${(result.numRuns / seconds).toFixed(0)} a second`
    console.log(`${framework}: ${result.numRuns} cases without a finding, ${rate}, seed ${seed}`)
  } else {
    const [failing] = result.counterexample
    const first = result.errorInstance as Error
    const fails = async (smaller: Case) => kindOf(await finding(checker, smaller)) === kindOf(first)
    const smallest = await reduce(failing, fails)
    console.log(`${framework}: case ${result.numRuns} of seed ${seed} fails. The smallest app that does:`)
    console.log(JSON.stringify(smallest))
    console.log((await finding(checker, smallest))?.message ?? `It fails not always. ${first.stack}`)
    console.log(
      `Again: npm run fuzz -- --framework ${framework} --seed ${seed} --path ${result.counterexamplePath}`
    )
  }
  checker.stop()
  return result.counterexample === null
}

/** Null for an error of the framework's, which refuses some of the smaller apps. */
function kindOf(error: Error | null): string | null {
  return error instanceof Finding ? error.kind : null
}

/** Finds what is wrong with a case; null if nothing is. */
async function finding(checker: Checker, played: Case): Promise<Error | null> {
  try {
    await checker.check(played)
    return null
  } catch (error) {
    return error as Error
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      framework: { type: 'string' },
      seed: { type: 'string' },
      cases: { type: 'string', default: '300' },
      minutes: { type: 'string' },
      path: { type: 'string' },
      replay: { type: 'string' }
    }
  })
  if (values.replay !== undefined) {
    const played = JSON.parse(readFileSync(values.replay, 'utf8'))
    const checker = await Checker.start(played.framework)
    console.log((await finding(checker, played))?.message ?? 'no finding')
    checker.stop()
    return
  }
  const frameworks = FRAMEWORKS.filter((name) => values.framework === undefined || name === values.framework)
  if (frameworks.length === 0) throw new Error(`--framework takes ${FRAMEWORKS.join(', ')}`)
  for (const framework of frameworks) {
    const passed = await fuzz(framework, {
      seed: values.seed === undefined ? Date.now() & 0x7fffffff : Number(values.seed),
      cases: Number(values.cases),
      minutes: values.minutes === undefined ? undefined : Number(values.minutes) / frameworks.length,
      path: values.path
    })
    if (!passed) process.exitCode = 1
  }
}

void main()
