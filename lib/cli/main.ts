#!/usr/bin/env node
import { type Arguments, readArguments } from './arguments'
import { contextFor } from './commands/context'
import { EXIT, Problem } from './problem'
import { Interruption } from './terminal/interruption'

async function main(argv: string[]): Promise<number> {
  const options = readArguments(argv)
  const commandLine = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const run = await commandOf(options)
  return run(options, contextFor(new Interruption(), commandLine, options.color))
}

/** Each loads what it needs only when it is asked for. */
async function commandOf({ command }: Arguments) {
  switch (command) {
    case 'list':
      return (await import('./commands/list.js')).list
    case 'latency':
      return (await import('./commands/latency.js')).latency
    case 'trace':
      return (await import('./commands/trace.js')).trace
    case 'top':
      return (await import('./commands/top.js')).top
    case 'script':
      return (await import('./commands/script.js')).script
    default:
      return (await import('./commands/help.js')).help
  }
}

function told(error: unknown): number {
  if (!(error instanceof Problem)) {
    console.error(error)
    return EXIT.failure
  }
  process.stderr.write([`restify-probes: ${error.message}`, ...error.advice, ''].join('\n'))
  return error.exitCode
}

void main(process.argv.slice(2))
  .catch(told)
  .then((exitCode) => {
    process.exitCode = exitCode
    // Nothing that still runs, such as a signal's listener or the app's pipe, is worth waiting for once all is written.
    process.stdout.write('', () => process.stderr.write('', () => process.exit()))
  })
