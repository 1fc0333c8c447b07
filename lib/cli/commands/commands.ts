import type { Command } from '../command'
import { compare } from './compare'
import { exportMetrics } from './export'
import { latency } from './latency'
import { list } from './list'
import { script } from './script'
import { show } from './show'
import { top } from './top'
import { trace } from './trace'
import { why } from './why'

/** Every command by its name. A new command is a file in this folder and a line here. */
export const COMMANDS = {
  list,
  latency,
  trace,
  top,
  why,
  show,
  compare,
  export: exportMetrics,
  script
} satisfies Record<string, Command>

export type CommandName = keyof typeof COMMANDS

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[]

export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name)
}
