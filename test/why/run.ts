import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Command, objects, ROOT, run } from '../support/cli'
import { CASES, type Case } from './cases'
import { Traffic } from './traffic'

export const APPS = path.join(ROOT, 'test', 'why', 'apps')

interface Trait {
  kind: string
  name: string
  value?: string
}

/** The objects of `why --json`, as far as they are looked at. */
export interface Told {
  type: 'verdict' | 'cause' | 'process'
  verdict?: 'slow' | 'fine' | 'no requests' | 'too few' | 'no cpu'
  kind?: string
  handler?: { name: string; location?: string } | null
  common?: { traits: Trait[]; slow: { having: number; of: number } } | null
  inTurn?: object | null
}

export interface Outcome {
  /** The answers that were wrong; empty if all were right. */
  wrong: string[]
  told: Told[]
}

/** The way in which the command watches; without a duration in seconds, for three. */
export interface How {
  seconds?: number
  args?: string[]
  /** Whether the command starts the app, which otherwise runs already. */
  starts?: boolean
}

/** Starts the app and its clients, asks the command why it is slow, and compares that with what was planted. */
export async function runCase(
  one: Case,
  { seconds = 3, args = [], starts = false }: How = {}
): Promise<Outcome> {
  const all = [...args, '--duration', String(seconds), '--json']
  const json = await (starts ? observeStarted(one, all) : observe(one, all))
  const told = objects<Told>(json)
  return { told, wrong: compare(one, told) }
}

/** @returns what the command printed */
export function observe({ app, asks, workers = 1 }: Case, args: readonly string[]): Promise<string> {
  return withApp(app, workers, async (pid, port) => {
    const traffic = new Traffic(port, asks, workers)
    const { stdout, stderr, code } = await run(['why', '-p', String(pid), ...args]).finally(() =>
      traffic.end()
    )
    if (code !== 0) throw new Error(`the command ended with ${code}: ${stderr}`)
    return stdout
  })
}

/** Starts an app for as long as it is used. */
export async function withApp<T>(
  app: string,
  workers: number,
  use: (pid: number, port: number) => Promise<T>
): Promise<T> {
  // Workers that are killed with their primary complain on standard error.
  const child = fork(path.join(APPS, app), {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    env: { ...process.env, PORT: '0' }
  })
  try {
    return await use(Number(child.pid), await portOf(child, workers))
  } finally {
    await stop(child)
  }
}

/** @returns what the command printed, which has started the app itself */
async function observeStarted({ app, asks, workers = 1 }: Case, args: readonly string[]): Promise<string> {
  const command = new Command(['why', ...args, '--', process.execPath, path.join(APPS, app)], {
    env: { ...process.env, PORT: '0' }
  })
  const [, port] = await command.printed(/listening: (\d+)\n/)
  const traffic = new Traffic(Number(port), asks, workers)
  try {
    const { stdout, stderr, code } = await command.end()
    if (code !== 0) throw new Error(`the command ended with ${code}: ${stderr}`)
    return stdout
  } finally {
    traffic.end()
  }
}

async function portOf(child: ChildProcess, workers: number): Promise<number> {
  let output = ''
  for await (const text of child.stdout ?? []) {
    output += text
    const ports = [...output.matchAll(/listening: (\d+)\n/g)].map(([, port]) => Number(port))
    if (ports.length >= workers) return ports[0] as number
  }
  throw new Error('the app ended before it listened')
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** The line at which the planted function begins: the one after the line that says so. */
function plantedAt(app: string): string | undefined {
  const lines = readFileSync(path.join(APPS, app), 'utf8').split('\n')
  const line = lines.findIndex((text) => text.trim() === '// planted')
  return line === -1 ? undefined : `${app}:${line + 2}`
}

function compare({ app, kind, outside, common, inTurn }: Case, told: readonly Told[]): string[] {
  const verdict = told.find(({ type }) => type === 'verdict')?.verdict
  const cause = told.find(({ type }) => type === 'cause')
  // On a machine that is busy with other things, that is the truth.
  if (kind === undefined)
    return verdict === 'fine' || verdict === 'no cpu' ? [] : [`it was said to be ${verdict}`]
  if (cause === undefined) return [`no cause was named: ${verdict}`]
  const wrong: string[] = []
  const at = plantedAt(app)
  if (outside ? cause.handler !== null : !cause.handler?.location?.endsWith(`${at}`))
    wrong.push(`${JSON.stringify(cause.handler)} was blamed, not ${at}`)
  if (cause.kind !== kind) wrong.push(`it ${cause.kind}, not ${kind}`)
  if (inTurn && !cause.inTurn) wrong.push('runs were not said to wait for each other')
  if (common !== undefined && !cause.common?.traits.some((trait) => isPlanted(trait, common)))
    wrong.push(`slow ones have ${JSON.stringify(cause.common?.traits)}, not ${JSON.stringify(common)}`)
  return wrong
}

function isPlanted(trait: Trait, { kind, name, value }: NonNullable<Case['common']>): boolean {
  return (
    trait.kind.replace(/^(query|parameter) size$/, '$1') === kind &&
    (name === undefined || trait.name === name) &&
    (value === undefined || trait.value === value)
  )
}

/** The outcomes of all, two at a time. */
export async function runAll(
  cases: readonly Case[],
  how: How,
  told: (one: Case, outcome: Outcome) => void
): Promise<void> {
  const left = [...cases]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) told(one, await runCase(one, how))
  }
  await Promise.all([worker(), worker()])
}

/**
 * By hand, runs those whose file has one of the words in its name; with TEXT, prints what people would see.
 */
async function main(words: readonly string[]): Promise<void> {
  const cases = CASES.filter(({ app }) => words.length === 0 || words.some((word) => app.includes(word)))
  if (process.env.JSON !== undefined) {
    for (const one of cases) console.log(await observe(one, ['--duration', '3', '--json']))
    return
  }
  if (process.env.TEXT !== undefined) {
    for (const one of cases)
      console.log(
        `${one.app}: ${one.planted}\n${await observe(one, ['--duration', process.env.TEXT || '3'])}`
      )
    return
  }
  let right = 0
  await runAll(cases, {}, ({ app, planted }, { wrong }) => {
    if (wrong.length === 0) right++
    console.log(
      `${wrong.length === 0 ? 'named' : 'NOT  '}  ${app.padEnd(24)} ${planted.padEnd(24)} ${wrong.join('; ')}`
    )
  })
  console.log(`${right} of ${cases.length}`)
}

if (require.main === module) void main(process.argv.slice(2))
