// Calls an addon with anything, from several threads, some of which are ended
// in the middle of it: node fuzz.js ADDON CALLS SEED
//
// Prints how many calls were made. What matters is that the process lives.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { NativeAddon } from '../../dist/provider/usdt'
import { callWithAnything, internTooMany } from './calls'

/** Threads that do as the first one does, and threads that are ended while they call. */
const THREADS = 3
const ENDED_THREADS = 10

interface Task {
  file: string
  calls: number
  seed: number
  endless: boolean
}

function work({ file, calls, seed, endless }: Task): void {
  const addon = require(file) as NativeAddon
  // After an environment has begun to end its functions can still be called.
  process.on('exit', () => callWithAnything(addon, 10, seed))
  // What is kept of a thread's memory must not outlive it.
  try {
    parentPort?.postMessage(addon, [addon.frame])
  } catch {
    parentPort?.postMessage({ frame: addon.frame })
  }
  do {
    callWithAnything(addon, calls, seed)
  } while (endless)
  internTooMany(addon)
}

async function main([file, calls, seed]: [string, string, string]): Promise<void> {
  const task: Task = { file, calls: Number(calls), seed: Number(seed), endless: false }
  const start = (data: Task) => new Worker(__filename, { workerData: data })
  const frames: ArrayBuffer[] = []

  const threads = Array.from({ length: THREADS }, (_, i) => start({ ...task, seed: task.seed + 1 + i }))
  for (const thread of threads) thread.on('message', ({ frame }) => frames.push(frame))
  const ended = threads.map((thread) => once(thread, 'exit'))
  work(task)
  for (const [code] of await Promise.all(ended)) assert.equal(code, 0)

  for (let i = 0; i < ENDED_THREADS; i++) {
    const thread = start({ ...task, calls: 100, seed: task.seed + i, endless: true })
    const [{ frame }] = await once(thread, 'message')
    frames.push(frame)
    await new Promise((resolve) => setTimeout(resolve, i))
    await thread.terminate()
  }

  assert.equal(frames.length, THREADS + ENDED_THREADS)
  for (const frame of frames) new Int32Array(frame).fill(-1)
  callWithAnything(require(file) as NativeAddon, task.calls, task.seed - 1)
  console.log((2 + THREADS) * task.calls)
}

if (isMainThread) void main(process.argv.slice(2) as [string, string, string])
else work(workerData)
