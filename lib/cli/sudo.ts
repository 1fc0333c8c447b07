import path from 'node:path'
import { type Changeable, changeableOnTheWayTo } from './changeable-by-others'
import { COMMAND, HELPER, INJECTED, INJECTOR, PACKAGE_JSON, PRELOAD, RELAY } from './files'

/** The folders in which sudo looks for programs, unless it is told otherwise. */
const ROOTS_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/**
 * Advises how to run the same command as root, in whole lines, with whole paths, since sudo has a PATH of its own.
 *
 * A command that somebody other than root can change is no command for root: whoever took over an app whose user
 * owns `node_modules` would only have to wait until its owner traces it. So then it is one that is root's,
 * or how to get one.
 *
 * @param commandLine - the words that started this process
 * @param launcher - what has to start the command, such as `setpriv` with its options
 */
export function sudoAdvice(commandLine: readonly string[], launcher: readonly string[] = []): string[] {
  const [node = process.execPath] = commandLine
  const at = commandLine.indexOf(process.argv[1] as string)
  if (at === -1) return [sudoLine([...launcher, ...commandLine])]
  const changeable = firstChangeable([
    node,
    commandLine[at] as string,
    ...[COMMAND, PACKAGE_JSON, PRELOAD, RELAY, HELPER, INJECTOR, INJECTED]
  ])
  if (changeable === undefined) return [sudoLine([...launcher, ...commandLine])]
  const words = commandLine.slice(at + 1)
  const rootsNode = firstChangeable([node]) === undefined ? node : rootsOwn('node')
  const rootsCommand = rootsOwn('restify-probes')
  if (rootsNode !== undefined && rootsCommand !== undefined)
    return [
      sudoLine([...launcher, rootsNode, rootsCommand, ...words]),
      `That is this machine's own command, not the one that you ran: ${because(changeable)}`
    ]
  return [
    `Do not run this command as root: ${because(changeable)}`,
    rootsNode === undefined
      ? 'Install Node for this machine, as its packages do, and then the command, once:'
      : 'Install the command for this machine, once:',
    '  sudo npm install -g restify-probes',
    sudoLine([...launcher, 'restify-probes', ...words])
  ]
}

function because({ path, by }: Changeable): string {
  return `${path} can be changed by ${by}, and root would run it.`
}

function firstChangeable(files: readonly string[]): Changeable | undefined {
  for (const file of files) {
    const changeable = changeableOnTheWayTo(file)
    if (changeable !== undefined) return changeable
  }
  return undefined
}

/** A program that is root's, where sudo finds it. */
function rootsOwn(program: string): string | undefined {
  return ROOTS_FOLDERS.map((folder) => path.join(folder, program)).find(
    (file) => changeableOnTheWayTo(file) === undefined
  )
}

function sudoLine(words: readonly string[]): string {
  return `  sudo ${words.map(shellWord).join(' ')}`
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
