// Gives the command's readers what hostile processes could make them read:
//   npm run fuzz:command -- --cases 1000000 [--seed S] [--from N] [--only TARGET]
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Order } from './cases'

/** A case that lasts so many milliseconds will not end. */
const HANG = 5000
/** The heap of the thread in megabytes, with the tests' own modules and what the cases are made of. */
const MAX_HEAP = 160

export interface Fuzzed {
  cases: number
  /** The time of the slowest case, in milliseconds. */
  slowest: number
}

/** @throws Error that names the case which failed, took too long or too much memory, or did not end */
export async function fuzz({
  cases,
  seed,
  from = 0,
  only
}: {
  cases: number
  seed: number
  from?: number | undefined
  only?: string | undefined
}): Promise<Fuzzed> {
  const progress = new SharedArrayBuffer(4)
  const order: Order = { seed, from, to: from + cases, only, progress }
  const worker = new Worker(path.join(__dirname, 'cases.js'), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP }
  })
  const watch = watchHangs(new Int32Array(progress), (index) => {
    void worker.terminate()
    return new Error(`case ${index} of seed ${seed} does not end`)
  })
  try {
    return await Promise.race([watch.hang, resultOf(worker, cases)])
  } catch (error) {
    const index = Atomics.load(new Int32Array(progress), 0)
    throw new Error(`in case ${index} of seed ${seed}: ${(error as Error).message}`, { cause: error })
  } finally {
    watch.end()
  }
}

function resultOf(worker: Worker, cases: number): Promise<Fuzzed> {
  return new Promise((resolve, reject) => {
    worker.once('message', ({ slowest }: { slowest: number }) => resolve({ cases, slowest }))
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread ended before its cases')))
  })
}

function watchHangs(
  current: Int32Array,
  found: (index: number) => Error
): { hang: Promise<never>; end(): void } {
  let last = -1
  let since = Date.now()
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      const index = Atomics.load(current, 0)
      if (index !== last) since = Date.now()
      last = index
      if (Date.now() - since > HANG) reject(found(index))
    }, 100)
  })
  return { hang, end: () => clearInterval(timer) }
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string' },
      from: { type: 'string' },
      only: { type: 'string' }
    }
  })
  const seed = Number(values.seed ?? Date.now() % 1_000_000)
  const began = Date.now()
  fuzz({
    cases: Number(values.cases ?? 100_000),
    seed,
    from: Number(values.from ?? 0),
    only: values.only
  }).then(
    ({ cases, slowest }) =>
      console.log(
        `${cases} cases of seed ${seed} in ${Math.round((Date.now() - began) / 1000)} s; the slowest took ${slowest.toFixed(1)} ms`
      ),
    (error: Error) => {
      console.error(error)
      process.exitCode = 1
    }
  )
}
