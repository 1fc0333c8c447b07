import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

const DIST = path.join(__dirname, '..', '..', '..', 'dist')
const FIXTURES = path.join(__dirname, '..', 'fixtures')

// This is not part of the package's API, so it is asked for by file.
const { createIds, localBlocks } =
  require('../../../dist/provider/ids.js') as typeof import('../../dist/provider/ids')

const BLOCK = 256
const LIMIT = 2 ** 31
const THREADS = 8
const IDS = 5000

/** Hands out these blocks, one a call, and counts the calls. */
function blocks(...starts: number[]): { reserve: () => number; taken: () => number } {
  let taken = 0
  return { reserve: () => starts[taken++] as number, taken: () => taken }
}

function take(count: number, nextId: () => number): number[] {
  return Array.from({ length: count }, nextId)
}

/** The whole numbers from `first` to `last`. */
function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function assertIds(ids: number[]): void {
  const unfit = ids.find((id) => !Number.isInteger(id) || id < 1 || id >= LIMIT)
  assert.equal(unfit, undefined, `${unfit} is no positive 32-bit int`)
  assert.equal(new Set(ids).size, ids.length, 'an id was given twice')
}

describe('createIds()', () => {
  it('counts from 1: 0, the first of the first block, is no id (rule 2)', () => {
    const { reserve, taken } = blocks(0, BLOCK)
    const nextId = createIds(reserve)
    assert.deepEqual(take(255, nextId), range(1, 255))
    assert.equal(taken(), 1)
    assert.equal(nextId(), 256)
    assert.equal(taken(), 2)
  })

  it('asks for a block when the one before is used up, and not earlier', () => {
    const { reserve, taken } = blocks(3 * BLOCK, 7 * BLOCK, 0)
    const nextId = createIds(reserve)
    assert.equal(taken(), 0)
    assert.deepEqual(take(BLOCK, nextId), range(768, 1023))
    assert.equal(taken(), 1)
    assert.deepEqual(take(BLOCK, nextId), range(1792, 2047))
    assert.equal(taken(), 2)
    assert.equal(nextId(), 1)
  })

  it('wraps from 2^31 - 1 to 1 (rule 2)', () => {
    const nextId = createIds(blocks(LIMIT - BLOCK, 0).reserve)
    const ids = take(BLOCK + 2, nextId)
    assertIds(ids.slice(0, BLOCK))
    assert.deepEqual(ids.slice(-4), [LIMIT - 2, LIMIT - 1, 1, 2])
  })
})

/** The ids of each thread of a process that has none yet. */
async function idsBy(way: 'after' | 'before' | 'nested', threads: number): Promise<number[][]> {
  const args = [path.join(FIXTURES, 'ids.js'), way, String(threads), String(IDS)]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024
  })
  return JSON.parse(stdout)
}

describe('localBlocks(), where there is no addon', () => {
  it('gives blocks one after another, to however many copies of the package in a thread', () => {
    const [one, other] = [localBlocks(), localBlocks()]
    const first = one()
    assert.equal(first % BLOCK, 0)
    assert.equal(other(), first + BLOCK)
    assert.equal(one(), first + 2 * BLOCK)
  })

  it('is shared with the threads that the main thread starts after it (rule 2)', async () => {
    const ids = await idsBy('after', THREADS)
    assert.equal(ids.length, 1 + THREADS)
    assertIds(ids.flat())
    // Counted together, so that nothing is left out but what was begun.
    assert.ok(Math.max(...ids.flat()) < (1 + THREADS) * (IDS + 2 * BLOCK))
  })

  it('keeps threads apart that were started before the main thread had any (rule 2)', async () => {
    const ids = await idsBy('before', THREADS)
    assertIds(ids.flat())
  })

  it('keeps apart the threads of threads (rule 2)', async () => {
    const ids = await idsBy('nested', 3)
    assert.equal(ids.flat().length, 6 * IDS)
    assertIds(ids.flat())
  })
})

describe("the native addon's ids", { skip: process.platform !== 'linux' }, () => {
  const PLATFORM = path.join(DIST, 'provider', 'platform.js')

  const THREAD = path.join(FIXTURES, 'addon-ids-thread.js')

  it(`do not collide in ${THREADS} threads and the main one, ${IDS} each (rule 2)`, async () => {
    const workers = Array.from({ length: THREADS }, () => new Worker(THREAD))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const answers = workers.map((worker) => once(worker, 'message'))
    for (const worker of workers) worker.postMessage(IDS)
    const { choosePlatform } = require(PLATFORM) as typeof import('../../dist/provider/platform')
    const { kind, nextId } = choosePlatform()
    const own = take(IDS, nextId)
    const others: { kind: string; ids: Int32Array }[] = (await Promise.all(answers)).map(([answer]) => answer)
    await Promise.all(workers.map((worker) => worker.terminate()))
    assert.deepEqual([kind, ...others.map(({ kind }) => kind)], Array(1 + THREADS).fill('usdt'))
    const all = [...own, ...others.flatMap(({ ids }) => [...ids])]
    assert.equal(all.length, (1 + THREADS) * IDS)
    assertIds(all)
  })

  it('go on where a thread that ended left its block, and never come twice (rule 2)', async () => {
    const seen: number[] = []
    for (let round = 0; round < 5; round++) {
      const worker = new Worker(THREAD)
      await once(worker, 'message')
      worker.postMessage(300)
      const [{ ids }] = (await once(worker, 'message')) as [{ ids: Int32Array }]
      await worker.terminate()
      seen.push(...ids)
    }
    assertIds(seen)
  })
})
