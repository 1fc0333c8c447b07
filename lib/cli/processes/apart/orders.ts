import type { Tasks } from './tasks'

/** One task, by its name. */
export interface Order {
  id: number
  task: keyof Tasks
  args: unknown[]
}

/** What is told when it can take orders. */
export const READY = 'ready'

/** What came of the order with that number. */
export type Answer = { id: number } & ({ value: unknown } | { error: string } | { gone: 'unready' | 'ready' })
