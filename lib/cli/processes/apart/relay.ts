// The thread between the command, which waits, and the helper, which may never answer.
import { type ChildProcess, fork } from 'node:child_process'
import { type MessagePort, workerData } from 'node:worker_threads'
import { type Order, type OrderResult, READY } from './orders'

/** The data that the relay gets from the thread that started it. */
export interface RelayData {
  port: MessagePort
  /** Counts the answers, for a thread to wait on. */
  answers: Int32Array
  /** The helper's file. */
  helper: string
}

const { port, answers, helper } = workerData as RelayData

let child: ChildProcess | undefined
/** The number of the order that waits for its answer. */
let waiting = 0

function started(): ChildProcess {
  // It does not get the command's output: a pipe that the helper held as well would not end with the command.
  const fresh = fork(helper, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    detached: true
  })
  let state: 'unready' | 'ready' = 'unready'
  fresh.on('message', (answer: OrderResult | typeof READY) => {
    state = 'ready'
    if (answer !== READY) tell(fresh, answer)
  })
  const gone = () => {
    tell(fresh, { id: waiting, gone: state })
    if (fresh === child) child = undefined
  }
  fresh.on('error', gone)
  fresh.on('exit', gone)
  return fresh
}

function tell(from: ChildProcess, answer: OrderResult): void {
  if (from !== child) return
  port.postMessage(answer)
  Atomics.add(answers, 0, 1)
  Atomics.notify(answers, 0)
}

/** Leaves a helper behind that may never end: where the kernel waits in its name, it can't even be killed. */
function leave(): void {
  const left = child
  child = undefined
  left?.kill('SIGKILL')
  left?.unref()
  if (left?.connected) left.disconnect()
}

port.on('message', (order: Order | 'leave') => {
  if (order === 'leave') return leave()
  waiting = order.id
  child ??= started()
  child.send(order)
})
