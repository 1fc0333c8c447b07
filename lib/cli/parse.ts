import { parseArgs } from 'node:util'
import { GRIDS, type Grid } from '../figures/grid'
import type { Named } from '../figures/wanted'
import { CREDENTIALS } from '../redaction/credentials'
import type { Arguments, StatusRange } from './arguments'
import type { Command } from './command'
import { COMMAND_NAMES, COMMANDS, type CommandName, isCommand } from './commands/commands'
import { readHandlersFor, readListen, readOtlp } from './export/options'
import { didYouMean } from './nearest'
import { EVERYWHERE, LISTENING, OF_FLEET, OPTIONS, type Option } from './options'
import { Problem, usageProblem } from './problem'
import type { Names } from './render/names'
import { type FleetQuery, readWanted } from './sources/prometheus/fleet-query'

/** A command line, in parts. */
export interface Parsed extends Arguments {
  command: CommandName | 'help' | 'version'
  /** The command that help is asked for. */
  topic?: CommandName
}

/** @throws Problem for a command line that makes no sense, which points to the help of its command */
export function readArguments(argv: readonly string[]): Parsed {
  try {
    return read(argv)
  } catch (error) {
    const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
    throw error instanceof Problem ? pointingTo(own.find(isCommand), error) : error
  }
}

/** The same problem: what reads a value does not know which command it is for. */
function pointingTo(command: string | undefined, problem: Problem): Problem {
  const [advice] = problem.advice
  return advice === usageProblem('').advice[0] ? usageProblem(problem.message, command) : problem
}

function read(argv: readonly string[]): Parsed {
  const end = argv.indexOf('--')
  const isApp = end !== -1
  const { values, positionals } = parse(isApp ? argv.slice(0, end) : argv)
  const [command, ...rest] = positionals
  const arguments_: Parsed = { ...readShared(values), command: 'help' }
  if (values.version) return { ...arguments_, command: 'version' }
  if (command === undefined || command === 'help') {
    if (command === undefined && !values.help)
      throw usageProblem(`which command? One of: ${COMMAND_NAMES.join(', ')}`)
    return { ...arguments_, ...readTopic(rest[0]) }
  }
  if (!isCommand(command)) throw noCommand(command)
  if (values.help) return { ...arguments_, topic: command }
  checkOptions(command, Object.keys(values) as Option[])
  arguments_.command = command
  readOptional(values, arguments_)
  if (command === 'export') readExport(values, arguments_)
  if (command === 'script') {
    arguments_.script = readScript(rest.shift())
    if (arguments_.script === 'latency' && arguments_.handlers)
      throw usageProblem('script latency takes no --handlers: its script has them in any case', command)
  }
  arguments_.files = readWords(command, rest)
  if (rest.length > 0) throw usageProblem(misplaced(command, rest), command)
  if (command === 'top') Object.assign(arguments_, readFleet(values, isApp))
  checkTogether(arguments_, command, isApp)
  if (isApp) arguments_.app = readApp(argv.slice(end + 1), command, arguments_)
  return arguments_
}

/** The options that have a value whether they are given or not. */
function readShared(values: Values): Omit<Parsed, 'command'> {
  return {
    pids: (values.pid ?? []).flatMap((list) => list.split(',')).map(readPid),
    all: values.all ?? false,
    inject: values.inject ?? false,
    yes: values.yes ?? false,
    name: values.name === undefined ? undefined : readName(values.name),
    port: values.port === undefined ? undefined : readPort(values.port),
    via: values.via === undefined ? undefined : readVia(values.via),
    handlers: (values.handlers ?? false) || (values.outgoing ?? false),
    outgoing: values.outgoing ?? false,
    routes: values.routes ?? false,
    total: values.total ?? false,
    distributions: values.distributions ?? false,
    names: readNames(values.names ?? 'path'),
    slowerThanMs:
      values['slower-than'] === undefined
        ? 0
        : readNumber('--slower-than', values['slower-than'], { unit: 'milliseconds', least: 0 }),
    statuses: values.status === undefined ? [] : values.status.split(',').map(readStatus),
    url: readText('--url', values.url ?? ''),
    headers: readAllNamed('--header', values.header),
    query: readAllNamed('--query', values.query),
    grid: readUnit(values.unit ?? 'ms'),
    json: values.json ?? false,
    color: !(values['no-color'] ?? false),
    dtrace: values.dtrace ?? false,
    files: []
  }
}

/** The options that are absent unless they are given. */
function readOptional(values: Values, arguments_: Parsed): void {
  if (values.route !== undefined) arguments_.route = values.route
  if (values.record !== undefined) arguments_.record = readFile('--record', values.record)
  if (values.html !== undefined) arguments_.html = readFile('--html', values.html)
  if (values.sort !== undefined) arguments_.sort = values.sort
  if (values.duration !== undefined)
    arguments_.seconds = readNumber('--duration', values.duration, {
      unit: 'seconds',
      least: Number.MIN_VALUE
    })
}

/** @throws Problem for options that make no sense together */
function checkTogether(arguments_: Parsed, command: CommandName, isApp: boolean): void {
  if (arguments_.inject && arguments_.pids.length === 0 && arguments_.port === undefined)
    throw usageProblem(
      '--inject needs the processes to put the middleware into: -p PID, or --port N',
      command
    )
  if (arguments_.all && arguments_.pids.length > 0)
    throw usageProblem('either -p or --all, not both', command)
  if (arguments_.pids.length > 0 && (arguments_.name ?? arguments_.port) !== undefined)
    throw usageProblem('either -p, or --name and --port, not both', command)
  if (arguments_.outgoing && (isApp || arguments_.via === 'kernel'))
    throw usageProblem(
      '--outgoing is for processes that run already, by the sockets that they offer',
      command
    )
}

type Values = ReturnType<typeof parse>['values']

function readExport(values: Values, arguments_: Parsed): void {
  const { listen, otlp, 'otlp-interval': interval, 'handlers-for': handlersFor } = values
  if (listen !== undefined) arguments_.listen = readListen(listen)
  if (otlp !== undefined) arguments_.otlp = readOtlp(otlp)
  if (interval !== undefined) {
    if (otlp === undefined) throw usageProblem('export takes --otlp-interval with --otlp only', 'export')
    arguments_.otlpInterval = readNumber('--otlp-interval', interval, { unit: 'seconds', least: 1 })
  }
  if (handlersFor !== undefined) {
    if (arguments_.handlers) throw usageProblem('either --handlers or --handlers-for, not both', 'export')
    arguments_.handlersForMs = readHandlersFor(handlersFor)
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Node's sentences go on to explain how to write what nobody meant.
    const message = (error as Error).message.split(/\.\s(?=To |Did )/)[0] as string
    throw refused(args, message)
  }
}

/**
 * Adds what was most likely meant, as far as that can be told without knowing which words are options'
 * values.
 */
function refused(args: readonly string[], message: string): Problem {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true
  })
  const command = isCommand(positionals[0]) ? positionals[0] : undefined
  const unknown = tokens.find((token) => token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name))
  const meant = unknown?.kind === 'option' ? didYouMean(unknown.name, optionsOf(command), '--') : ''
  return usageProblem(message + meant, command)
}

function optionsOf(command: CommandName | undefined): readonly string[] {
  return command === undefined ? Object.keys(OPTIONS) : [...EVERYWHERE, ...COMMANDS[command].options]
}

function readTopic(topic: string | undefined): { topic?: CommandName } {
  if (topic === undefined || topic === 'help') return {}
  if (!isCommand(topic)) throw noCommand(topic)
  return { topic }
}

function noCommand(word: string): Problem {
  const meant = didYouMean(word, COMMAND_NAMES)
  return usageProblem(`there is no command "${word}"${meant || `. There are: ${COMMAND_NAMES.join(', ')}`}`)
}

function checkOptions(command: CommandName, given: readonly Option[]): void {
  const wrong = given.find((option) => !optionsOf(command).includes(option))
  if (wrong !== undefined) throw usageProblem(`${command} takes no --${wrong}`, command)
}

/** Reads what `top` asks a Prometheus for, if it is to ask one. */
function readFleet(values: ReturnType<typeof parse>['values'], startsApp: boolean): { fleet?: FleetQuery } {
  const given = Object.keys(values) as Option[]
  const { prometheus, match, interval, route, routes = false } = values
  if (prometheus === undefined) {
    const without = given.find((option) => OF_FLEET.includes(option))
    if (without !== undefined) throw usageProblem(`top takes --${without} with --prometheus only`, 'top')
    return {}
  }
  const processes = startsApp ? 'an app to start' : given.find((option) => LISTENING.includes(option))
  if (processes !== undefined)
    throw usageProblem(`either --prometheus or ${startsApp ? processes : `--${processes}`}, not both`, 'top')
  const seconds =
    interval === undefined
      ? undefined
      : readNumber('--interval', interval, { unit: 'seconds', least: Number.MIN_VALUE })
  return { fleet: readWanted({ prometheus, match, route, seconds, routesOnly: routes }) }
}

function misplaced(command: CommandName, [first]: string[]): string {
  if (/^\d+$/.test(first as string)) return `"${first}" has no option before it. Did you mean -p ${first}?`
  return COMMANDS[command].startsApp
    ? `"${first}" is one word too many. An app to start comes after two dashes: -- node app.js`
    : `"${first}" is one word too many`
}

function readPid(text: string): number {
  const pid = Number(text)
  if (!/^\d+$/.test(text) || pid < 1) throw usageProblem(`"${text}" is no pid`)
  return pid
}

function readName(text: string): string {
  if (text === '') throw usageProblem('--name takes a part of the command line, such as: --name server.js')
  return text
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw usageProblem(`"${text}" is no port`)
  return port
}

function readNames(text: string): Names {
  if (text !== 'path' && text !== 'probe') throw usageProblem(`--names takes path or probe, not "${text}"`)
  return text
}

function readVia(text: string): 'kernel' | 'process' {
  if (text !== 'kernel' && text !== 'process')
    throw usageProblem(`--via takes kernel or process, not "${text}"`)
  return text
}

function readNumber(option: string, text: string, { unit, least }: { unit: string; least: number }): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value
  if (/^[\d.]+\s*\p{L}+$/u.test(text))
    throw usageProblem(`${option} takes ${unit}, without a unit, not "${text}"`)
  throw usageProblem(
    `${option} takes a number ${least === Number.MIN_VALUE ? 'above 0' : `of ${least} or above`}, not "${text}"`
  )
}

function readStatus(text: string): StatusRange {
  if (!/^[1-5](xx|\d\d)$/.test(text))
    throw usageProblem(`--status takes a list such as 4xx,500, of 1xx to 5xx and 100 to 599, not "${text}"`)
  const hundreds = Number(text[0]) * 100
  return text.endsWith('xx')
    ? { from: hundreds, to: hundreds + 99 }
    : { from: Number(text), to: Number(text) }
}

/** Takes the words that a command has after its name. */
function readWords(command: CommandName, rest: string[]): string[] {
  const { words = [] }: Command = COMMANDS[command]
  const given = rest.splice(0, words.length)
  if (given.length < words.length)
    throw usageProblem(
      `${command} takes ${words.length === 1 ? 'a file' : 'two files'}: ${command} ${words.join(' ')}`,
      command
    )
  return given
}

/** A name that is none, or that of a folder: nothing, `.`, `..`, and what ends with a slash. */
const NO_FILE = /(?:^|\/)\.{0,2}$/

function readFile(option: string, name: string): string {
  // A hyphen does not stand for standard output: a report is not mixed into what is printed.
  if (name === '-' || NO_FILE.test(name) || name.includes('\0'))
    throw usageProblem(`${option} takes the name of a file to write`)
  return name
}

/** The longest text that a process is asked for, in characters. */
const MAX_TEXT = 500
/** The most headers, or parameters, that can be asked for. */
const MAX_NAMED = 8

function readText(option: string, text: string): string {
  if (text.length > MAX_TEXT) throw usageProblem(`${option} takes at most ${MAX_TEXT} characters`)
  return text
}

function readAllNamed(option: '--header' | '--query', all: readonly string[] = []): Named[] {
  if (all.length > MAX_NAMED) throw usageProblem(`${option} can be given at most ${MAX_NAMED} times`)
  return all.map((text) => readNamed(option, readText(option, text)))
}

function readNamed(option: '--header' | '--query', text: string): Named {
  const [name = '', ...rest] = text.split('=')
  if (name === '') throw usageProblem(`${option} takes NAME or NAME=VALUE, not "${text}"`)
  const hidden = option === '--header' ? CREDENTIALS.hidesHeader(name) : CREDENTIALS.hidesParameter(name)
  if (hidden)
    throw usageProblem(
      `${option} ${name}: that is a credential, which this command neither shows nor compares`
    )
  return [option === '--header' ? name.toLowerCase() : name, rest.length === 0 ? null : rest.join('=')]
}

function readUnit(name: string): Grid {
  const grid = Object.hasOwn(GRIDS, name) ? GRIDS[name] : undefined
  if (grid === undefined) throw usageProblem(`--unit takes ms or us, not "${name}"`)
  return grid
}

function readScript(name: string | undefined): 'latency' | 'trace' {
  if (name !== 'latency' && name !== 'trace')
    throw usageProblem('script takes the name of a command: latency or trace')
  return name
}

function readApp(app: string[], command: CommandName, { pids, all, name, port, via }: Arguments): string[] {
  if (!COMMANDS[command].startsApp) throw usageProblem(`${command} starts no app`)
  if (app.length === 0) throw usageProblem('after -- comes the app to start, such as: -- node app.js')
  if (pids.length > 0 || all)
    throw usageProblem(`either ${all ? '--all' : '-p'} or an app to start, not both`, command)
  if ((name ?? port ?? via) !== undefined)
    throw usageProblem('--name, --port and --via are for processes that run already', command)
  return app
}
