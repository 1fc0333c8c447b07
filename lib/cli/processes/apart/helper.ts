// The process that does what may wait for ever, so that the command can leave it behind.
import { type Order, type OrderResult, READY } from './orders'
import { TASKS } from './tasks'

function done({ id, task, args }: Order): OrderResult {
  try {
    return { id, value: (TASKS[task] as (...args: unknown[]) => unknown)(...args) }
  } catch (error) {
    return { id, error: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

// A terminal's Ctrl-C is for the command, at whose end this ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('message', (order: Order) => process.send?.(done(order)))
process.on('disconnect', () => process.exit())
process.send?.(READY)
