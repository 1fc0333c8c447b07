import type { Tasks } from './tasks'

/** One task, by its name. */
export interface Order {
  id: number
  task: keyof Tasks
  args: unknown[]
}

/** The line by which the process tells that it can take orders. */
export const READY = 'ready'

/** The result of the order with that number. */
export type OrderResult = { id: number } & (
  | { value: unknown }
  | { error: string }
  | { gone: 'unready' | 'ready' }
)
