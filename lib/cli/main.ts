#!/usr/bin/env node
import { inspect } from 'node:util'
import { COMMANDS } from './commands/commands'
import { contextFor } from './commands/context'
import { injectAll } from './inject/inject'
import { readArguments } from './parse'
import { EXIT, Problem } from './problem'
import { showHelp } from './show-help'
import { Interruption } from './terminal/interruption'
import { leave } from './terminal/leave'
import { sayLines } from './terminal/output'

async function main(argv: string[], interruption: Interruption): Promise<number> {
  const options = readArguments(argv)
  const { command } = options
  if (command === 'help' || command === 'version') return showHelp(options)
  const commandLine = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const context = contextFor(interruption, commandLine, options.color)
  if (options.inject) {
    options.pids = await injectAll(options, context)
    options.port = undefined
  }
  return COMMANDS[command].run(options, context)
}

function told(error: unknown): number {
  if (!(error instanceof Problem)) {
    // This is a mistake of ours, which whoever mends it wants to see whole; its words may quote another
    // process.
    sayLines(inspect(error).split('\n'))
    return EXIT.failure
  }
  sayLines([error.message, ...error.advice])
  return error.exitCode
}

const interruption = new Interruption()

/**
 * Nothing that still runs, such as a signal's listener or the app's pipe, is worth waiting for once all is written.
 * Node tells a turn later that a stream could not be written to.
 */
function whenWritten(then: () => void): void {
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(then)))
}

void main(process.argv.slice(2), interruption)
  .catch(told)
  .then((exitCode) => {
    whenWritten(() => {
      const { problem } = interruption
      if (problem === undefined) return leave(exitCode)
      told(problem)
      whenWritten(() => leave(EXIT.failure))
    })
  })
