import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { HELPER, RELAY } from '../../files'
import { Problem } from '../../problem'
import type { Order, OrderResult } from './orders'
import type { RelayData } from './relay'
import { TASKS, type Tasks } from './tasks'

/** The time that reading a process may take, in milliseconds. A busy machine needs some hundreds. */
const PATIENCE = 3000
/** After some process did not answer, others get less. */
const LESS_PATIENCE = 1000

/** There was no answer in time: what was to be read is on a file system that does not answer, for one. */
export class Unanswered extends Error {
  readonly code = 'no answer in time'

  constructor() {
    super('there was no answer in time')
  }
}

/**
 * Does what may wait for ever in a process apart, on Linux. Files on which a process's memory or its addon lies may be on
 * a file system that does not answer: one of its own user's making (FUSE), or of a server that is gone. Who reads them
 * waits in the kernel, and often can't be killed: so that is left behind.
 */
export class Apart {
  #worker: Worker | undefined
  #port: MessagePort | undefined
  #patience = PATIENCE
  #orders = 0
  readonly #answers = new Int32Array(new SharedArrayBuffer(4))

  /**
   * @throws Unanswered when it takes too long
   * @throws Error as the task does, with the code as its message
   */
  ask<Task extends keyof Tasks>(task: Task, ...args: Parameters<Tasks[Task]>): ReturnType<Tasks[Task]> {
    // On other systems no files of other processes are read.
    if (process.platform !== 'linux')
      return (TASKS[task] as (...args: unknown[]) => ReturnType<Tasks[Task]>)(...args)
    const port = this.#begun()
    const id = ++this.#orders
    port.postMessage({ id, task, args } satisfies Order)
    const answer = this.#answer(port, id)
    // A helper that was ready has ended by what it was given to read, such as more than there is memory for.
    if ('gone' in answer) throw answer.gone === 'ready' ? new Unanswered() : notStarted()
    if ('error' in answer) throw Object.assign(new Error(answer.error), { code: answer.error })
    return answer.value as ReturnType<Tasks[Task]>
  }

  /** @throws Unanswered */
  #answer(port: MessagePort, id: number): OrderResult {
    const deadline = performance.now() + this.#patience
    for (;;) {
      const told = Atomics.load(this.#answers, 0)
      const answer = (receiveMessageOnPort(port) as { message: OrderResult } | undefined)?.message
      if (answer?.id === id) return answer
      // This answer came too late, for an earlier order.
      if (answer !== undefined) continue
      const left = deadline - performance.now()
      if (left <= 0) break
      Atomics.wait(this.#answers, 0, told, left)
    }
    this.#patience = LESS_PATIENCE
    port.postMessage('leave')
    throw new Unanswered()
  }

  /** Ends the helper, with all that it holds open. */
  end(): void {
    void this.#worker?.terminate()
    this.#worker = undefined
  }

  #begun(): MessagePort {
    if (this.#port !== undefined && this.#worker !== undefined) return this.#port
    const { port1, port2 } = new MessageChannel()
    const workerData: RelayData = { port: port2, answers: this.#answers, helper: HELPER }
    this.#worker = new Worker(RELAY, { workerData, transferList: [port2], execArgv: [] })
    this.#worker.unref()
    this.#worker.on('error', () => {})
    port1.unref()
    this.#port = port1
    return port1
  }
}

function notStarted(): Problem {
  return new Problem('the process that reads other processes could not be started', [
    'It is a second Node: is there memory left for it, and may this user start one more process (ulimit -u)?'
  ])
}
