// Injects into one process, in a process of its own that nobody interrupts: whoever opens an inspector closes it, even
// if the command is killed meanwhile. It tells the command how it went by one line of JSON.
import { setTimeout } from 'node:timers/promises'
import { socketsOf } from '../processes/guarded'
import { type Endpoint, type ListeningSocket, listeningSockets, ownedBy } from '../processes/listening'
import { isAlive, startTicks } from '../processes/proc'
import { Client } from '../sources/socket/client'
import { closeExpression, injectExpression } from './expression'
import type { InjectionOrder, Outcome } from './injection-order'
import { Inspector } from './inspector-client'
import { lock } from './lock'
import { readInjectionReport } from './read-report'
import { Successor } from './successor'

/**
 * The time, in milliseconds, that a process has to open its inspector, to do what it is told, and to close it
 * again.
 */
const OPENING = 5000
const INJECTING = 15_000
const CLOSING = 5000

/**
 * The time for which a process that did not answer is waited for, so that its inspector does not stay open.
 */
const AFTERMATH = 60_000

/** The process gets the signal again after so many milliseconds without an inspector. */
const SIGNAL_AGAIN = 500

async function main(order: InjectionOrder): Promise<void> {
  // A terminal's Ctrl-C is for the command.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  process.stdout.on('error', () => {})
  let told = false
  const tell = (outcome: Outcome) => {
    if (!told) process.stdout.write(`${JSON.stringify(outcome)}\n`)
    told = true
  }
  try {
    const release = await lock(order)
    if (order.close === undefined) await inject(order, tell)
    else await closeWhatOpened(order, new Set(order.close))
    release()
  } catch (error) {
    tell({ problem: error instanceof Error ? error.message : String(error) })
  }
}

async function inject(order: InjectionOrder, tell: (outcome: Outcome) => void): Promise<void> {
  const began = performance.now()
  const before = listeningSockets(order.pid)
  const present = await openInspector(ownedBy(order.pid, before), order.inspectorPorts)
  const opened = present === undefined
  const successor = opened ? new Successor(order, before) : undefined
  try {
    await injectBy(order, present ?? (await newInspector(order, before)), opened, began, tell)
  } finally {
    successor?.dismiss()
  }
}

async function injectBy(
  order: InjectionOrder,
  { inspector, endpoint }: Connected,
  opened: boolean,
  began: number,
  tell: (outcome: Outcome) => void
): Promise<void> {
  try {
    const expression = injectExpression(order.file, order.innerPid, opened)
    const report = await evaluate(inspector, expression, order)
    const { closesInspector } = readInjectionReport(report)
    if (closesInspector) await askToClose(order)
    const closed = closesInspector && (await isClosed(order, endpoint))
    tell({ report, milliseconds: performance.now() - began, port: endpoint.port, closed })
    if (!opened || closed) return
  } catch (error) {
    if (!opened) throw error
    tell({ problem: (error as Error).message })
  }
  await closeAtLast(order, endpoint)
}

interface Connected {
  inspector: Inspector
  endpoint: Endpoint
}

/** An inspector that somebody else has opened, at a port where one is expected. */
async function openInspector(
  own: readonly ListeningSocket[],
  ports: readonly number[]
): Promise<Connected | undefined> {
  for (const endpoint of own.filter(({ port }) => ports.includes(port))) {
    const inspector = await connected(endpoint)
    if (inspector !== undefined) return { inspector, endpoint }
  }
  return undefined
}

async function newInspector(order: InjectionOrder, before: readonly ListeningSocket[]): Promise<Connected> {
  const known = new Set(before.map(({ inode }) => inode))
  if (!isSame(order)) throw new Error('it has ended')
  if (!order.maySignal) throw new Error('its inspector, which was open, is closed now')
  const deadline = performance.now() + OPENING
  let signalled = Number.NEGATIVE_INFINITY
  while (performance.now() < deadline) {
    // The first signal is in vain where another command is just closing the inspector that it had opened.
    if (performance.now() > signalled + SIGNAL_AGAIN) {
      process.kill(order.pid, 'SIGUSR1')
      signalled = performance.now()
    }
    const fresh = listeningSockets(order.pid).filter(({ inode }) => !known.has(inode))
    for (const endpoint of ownedBy(order.pid, fresh)) {
      const inspector = await connected(endpoint)
      if (inspector !== undefined) return { inspector, endpoint }
      known.add(endpoint.inode)
    }
    if (!isSame(order)) throw new Error('it ended when its inspector was to open')
    await setTimeout(2)
  }
  throw new Error(`its inspector did not open within ${OPENING / 1000} s`)
}

/** The inspector at an address; undefined where a server of the app's own is. */
async function connected(endpoint: Endpoint): Promise<Inspector | undefined> {
  try {
    return await Inspector.connect(endpoint)
  } catch {
    return undefined
  }
}

async function evaluate(
  inspector: Inspector,
  expression: string,
  { innerPid }: InjectionOrder
): Promise<unknown> {
  try {
    const value = (await inspector.evaluate(expression, INJECTING)) as { other?: unknown } | undefined
    if (value?.other !== undefined)
      throw new Error(`the inspector that answers is process ${String(value.other)}'s, not ${innerPid}'s`)
    return value
  } finally {
    await inspector.close()
  }
}

/**
 * Asks by the socket that the process offers now. The process would close the inspector unasked too, after a
 * while.
 */
async function askToClose({ pid }: InjectionOrder): Promise<void> {
  const [main] = socketsOf(pid).filter(({ thread }) => thread === 0)
  if (main === undefined) return
  try {
    await new Promise<void>((resolve, reject) => {
      const client = new Client(pid, main, { told: () => client.close(), closed: () => resolve() })
      client.greeted().then(() => client.ask({ ask: 'inspected' }), reject)
    })
  } catch {}
}

async function isClosed(order: InjectionOrder, { port }: Endpoint): Promise<boolean> {
  const deadline = performance.now() + CLOSING
  do {
    if (!ownedBy(order.pid, listeningSockets(order.pid)).some((socket) => socket.port === port)) return true
    await setTimeout(5)
  } while (performance.now() < deadline)
  return false
}

async function closeAtLast(order: InjectionOrder, endpoint: Endpoint): Promise<void> {
  const deadline = performance.now() + AFTERMATH
  while (performance.now() < deadline && isSame(order)) {
    const inspector = await connected(endpoint)
    await inspector?.evaluateLast(closeExpression(order.innerPid))
    if (await isClosed(order, endpoint)) return
  }
}

/**
 * Closes, in place of an injector that was killed, an inspector that this may have opened, as soon as it is
 * there.
 */
async function closeWhatOpened(order: InjectionOrder, known: ReadonlySet<string>): Promise<void> {
  const deadline = performance.now() + OPENING
  while (performance.now() < deadline && isSame(order)) {
    const fresh = listeningSockets(order.pid).filter(({ inode }) => !known.has(inode))
    for (const endpoint of ownedBy(order.pid, fresh)) {
      const inspector = await connected(endpoint)
      if (inspector === undefined) continue
      await inspector.close()
      return closeAtLast(order, endpoint)
    }
    await setTimeout(20)
  }
}

function isSame({ pid, start }: InjectionOrder): boolean {
  return isAlive(pid) && startTicks(pid) === start
}

void main(JSON.parse(process.argv[2] as string) as InjectionOrder).finally(() => process.exit())
